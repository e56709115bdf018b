"""The API of every environment: what the security checks of a release expect of it."""

from __future__ import annotations

import json
from typing import Any

from constructs.platform_api import LIMITED_RATE
from tests.support.synthesis import Synthesis


def of_type(synthesis: Synthesis, kind: str) -> list[dict[str, Any]]:
    resources = synthesis.templates["Release"]["Resources"].values()
    return [resource["Properties"] for resource in resources if resource["Type"] == kind]


def test_only_the_method_that_shows_throttling_has_a_limit_of_its_own(synthesis: Synthesis) -> None:
    (stage,) = of_type(synthesis, "AWS::ApiGateway::Stage")
    limits = {
        (item["ResourcePath"], item["HttpMethod"]): (item["ThrottlingRateLimit"], item["ThrottlingBurstLimit"])
        for item in stage["MethodSettings"]
    }

    # A limit counts all callers together: on a path that people need, one caller could lock the others out.
    assert limits.keys() == {("/*", "*"), ("/~1api~1throttle", "GET")}
    assert limits["/~1api~1throttle", "GET"] == (LIMITED_RATE.rate, LIMITED_RATE.burst) < limits["/*", "*"]
    mocks = [each for each in of_type(synthesis, "AWS::ApiGateway::Method") if each["HttpMethod"] == "GET"]
    assert [(each["Integration"]["Type"], each["ApiKeyRequired"]) for each in mocks] == [("MOCK", True)]


def test_attempts_to_sign_in_are_limited_for_each_address_by_itself(synthesis: Synthesis) -> None:
    (acl,) = of_type(synthesis, "AWS::WAFv2::WebACL")
    (rule,) = [rule for rule in acl["Rules"] if rule["Name"] == "SignIn"]
    statement = rule["Statement"]["RateBasedStatement"]

    assert (statement["AggregateKeyType"], statement["Limit"]) == ("IP", 100)
    assert statement["ScopeDownStatement"]["ByteMatchStatement"]["SearchString"] == "/api/auth"
    assert rule["Action"]["Block"]["CustomResponse"]["ResponseCode"] == 429


def test_refusals_of_the_gateway_itself_carry_the_headers_of_answers(synthesis: Synthesis) -> None:
    responses = of_type(synthesis, "AWS::ApiGateway::GatewayResponse")

    assert {response["ResponseType"] for response in responses} == {"DEFAULT_4XX", "DEFAULT_5XX"}
    for response in responses:
        headers = {name.rpartition(".")[2].lower(): value for name, value in response["ResponseParameters"].items()}
        assert headers["x-content-type-options"] == "'nosniff'"
        assert headers["cache-control"] == "'no-store'"
        assert headers["strict-transport-security"].startswith("'max-age=31536000")
        assert headers["access-control-allow-origin"].strip("'").startswith("http")


def test_every_method_but_preflight_and_health_asks_for_the_key(synthesis: Synthesis) -> None:
    methods = of_type(synthesis, "AWS::ApiGateway::Method")
    open_methods = [method for method in methods if not method["ApiKeyRequired"] and method["HttpMethod"] != "OPTIONS"]

    assert len([method for method in methods if method["ApiKeyRequired"]]) == 2 * 11 + 1, "and the one to be throttled"
    assert len(open_methods) == 2, "/health and what is below it"


def test_errors_of_the_gateway_are_kept_as_long_as_other_logs(synthesis: Synthesis) -> None:
    resources = synthesis.templates["Release"]["Resources"]
    (name,) = [
        logical_id for logical_id, each in resources.items() if "API-Gateway-Execution-Logs_" in json.dumps(each)
    ]
    (access,) = [each for each in of_type(synthesis, "AWS::Logs::LogGroup") if "aws/apigateway" in str(each)]
    (stage,) = [each for each in resources.values() if each["Type"] == "AWS::ApiGateway::Stage"]

    assert resources[name]["Properties"]["RetentionInDays"] == access["RetentionInDays"]
    assert name in stage["DependsOn"], "before API Gateway makes one without retention"
