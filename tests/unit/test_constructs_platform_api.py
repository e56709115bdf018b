"""The API of every environment: what the security checks of a release expect of it."""

from __future__ import annotations

from typing import Any

from constructs.platform_api import SIGN_IN_LIMITS
from tests.support.synthesis import Synthesis


def of_type(synthesis: Synthesis, kind: str) -> list[dict[str, Any]]:
    resources = synthesis.templates["Release"]["Resources"].values()
    return [resource["Properties"] for resource in resources if resource["Type"] == kind]


def test_where_people_sign_in_little_is_let_through_and_everywhere_else_the_environment_s_limit(
    synthesis: Synthesis,
) -> None:
    (stage,) = of_type(synthesis, "AWS::ApiGateway::Stage")
    limits = {
        (item["ResourcePath"], item["HttpMethod"]): (item["ThrottlingRateLimit"], item["ThrottlingBurstLimit"])
        for item in stage["MethodSettings"]
    }

    assert limits.keys() == {("/*", "*"), ("/~1api~1auth", "GET")}
    assert limits["/~1api~1auth", "GET"] == (SIGN_IN_LIMITS.rate, SIGN_IN_LIMITS.burst) < limits["/*", "*"]


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

    assert len([method for method in methods if method["ApiKeyRequired"]]) == 2 * 11
    assert len(open_methods) == 2, "/health and what is below it"
