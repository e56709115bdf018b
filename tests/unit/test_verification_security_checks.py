"""Security checks: the real handlers pass, and each way of being insecure fails by its name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from lambda_src.handlers import data_sources, providers, risk_profiles, strategies, templates
from lambda_src.verification.aws import AwsProblem
from lambda_src.verification.building.api import Endpoint
from lambda_src.verification.building.security import (
    RESOURCES,
    ApiLimitsOf,
    RequestLimit,
    WritableTables,
    security_checks,
)
from lambda_src.verification.checks import open_ports
from lambda_src.verification.plan import AnyCheck
from lambda_src.verification.specs.security import HostileTextCheck
from lambda_src.verification.verdicts import CheckResult, Verdict
from tests.faults.support.fake_aws import SECRET_ARN, FakeAws
from tests.faults.support.runs import only, plan_of, run
from tests.faults.support.server import Request, Server, Writer, answer
from tests.support.gateway import HANDLERS, Gateway

TABLES = WritableTables(
    templates="templates",
    strategies="strategies",
    risk_profiles="risk-profiles",
    data_sources="data-sources",
    providers="providers",
)
BLOCKED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
STAGE = {
    "*/*": {"throttlingRateLimit": 100.0, "throttlingBurstLimit": 200},
    "~1api~1auth/GET": {"throttlingRateLimit": 5.0, "throttlingBurstLimit": 10},
}


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Server() as server:
        yield Gateway(server, limits={"/api/auth": 10})


@pytest.fixture
def aws() -> FakeAws:
    """AWS in which all is as it should be."""
    aws = FakeAws()
    aws.answers["apigateway.get_stage"] = lambda **_: {"methodSettings": STAGE}
    aws.answers["s3.get_public_access_block"] = lambda **_: {"PublicAccessBlockConfiguration": BLOCKED}
    aws.answers["s3.get_bucket_policy_status"] = lambda **_: {"PolicyStatus": {"IsPublic": False}}
    aws.answers["ec2.describe_security_groups"] = lambda **_: {"SecurityGroups": [group()]}
    return aws


def checks(hosts: dict[str, str | None] | None = None) -> dict[str, AnyCheck]:
    endpoints = [
        Endpoint(
            function=handler.name, category=handler.spec.category, path=handler.spec.check, public=handler.spec.public
        )
        for handler in HANDLERS
    ]
    built = security_checks(
        endpoints=endpoints,
        limits=ApiLimitsOf(
            api_id="api",
            stage="live",
            everywhere=RequestLimit(rate=100, burst=200),
            limited_path="/api/auth",
            limited=RequestLimit(rate=5, burst=10),
        ),
        tables=TABLES,
        buckets=["site", "reports"],
        vpc_id="vpc-1",
        hosts=hosts if hosts is not None else {"acinaces.example": "a shared managed endpoint"},
    )
    return {check.name: check for check in built}


def outcome(gateway: Gateway, name: str, aws: FakeAws | None = None, **changes: Any) -> CheckResult:
    plan = plan_of(gateway.server.url, checks()[name], api_key_secret_arn=SECRET_ARN, **changes)
    return only(run(plan, aws=aws))


def test_the_platform_as_it_is_passes_every_check(gateway: Gateway, aws: FakeAws) -> None:
    report = run(plan_of(gateway.server.url, *checks().values(), api_key_secret_arn=SECRET_ARN), aws=aws)

    verdicts = {result.name: (result.verdict.value, result.message) for result in report.checks}
    skipped = verdicts.pop("security/open-ports-acinaces.example")
    assert skipped == ("skipped", "a shared managed endpoint")
    assert {name: told for name, (verdict, told) in verdicts.items() if verdict != "passed"} == {}
    assert gateway.backend.store.rows("templates") == gateway.backend.store.rows("strategies") == []


@pytest.mark.parametrize("name", ["security/missing-key", "security/wrong-key"])
def test_a_path_that_answers_without_its_key_fails_by_name(gateway: Gateway, name: str) -> None:
    gateway.public = ("/health", "/api/audit")

    result = outcome(gateway, name, consistency_window_s=10)

    assert (result.verdict, result.attempts) == (Verdict.FAILED, 1)
    assert "GET /api/audit: HTTP 200" in result.message
    assert "3 of 33 calls were not refused" in result.message


def test_a_wrong_key_is_another_one_each_time_and_never_the_key(gateway: Gateway) -> None:
    outcome(gateway, "security/wrong-key")
    outcome(gateway, "security/wrong-key")

    keys = {request.headers["x-api-key"] for request in gateway.server.received}
    assert len(keys) == 2


def test_a_burst_that_nobody_throttles_fails_and_is_bounded(gateway: Gateway) -> None:
    gateway.limits = {}

    result = outcome(gateway, "security/burst", consistency_window_s=10)

    assert (result.verdict, result.attempts) == (Verdict.FAILED, 1)
    assert "none was throttled" in result.message
    assert gateway.server.asked("GET", "/api/auth") == 200 == result.evidence["sent"]
    assert {request.path for request in gateway.server.received} == {"/api/auth"}


def test_a_burst_ends_as_soon_as_it_was_throttled(gateway: Gateway) -> None:
    result = outcome(gateway, "security/burst")

    assert result.verdict == Verdict.PASSED
    assert result.evidence["statuses"]["200"] == 10
    assert gateway.server.asked("GET", "/api/auth") < 60


@pytest.mark.parametrize("status", [403, 500, 503])
def test_a_burst_that_breaks_something_fails(gateway: Gateway, status: int) -> None:
    gateway.server.on("GET", "/api/auth", answer(status, {}))

    result = outcome(gateway, "security/burst")

    assert result.verdict == Verdict.FAILED
    assert "only 200 and 429 were expected" in result.message


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "*/*: rate None, burst None, expected 100 and 200"),
        ({**STAGE, "*/*": {"throttlingRateLimit": -1, "throttlingBurstLimit": -1}}, "rate -1, burst -1"),
        ({"*/*": STAGE["*/*"]}, "/api/auth/GET: rate None"),
    ],
)
def test_limits_that_are_not_the_environment_s_fail(
    gateway: Gateway, aws: FakeAws, settings: dict[str, Any], told: str
) -> None:
    aws.answers["apigateway.get_stage"] = lambda **_: {"methodSettings": settings}

    result = outcome(gateway, "security/api-limits", aws)

    assert result.verdict == Verdict.FAILED
    assert told in result.message


def corrupt(gateway: Gateway, method: str, wanted: str, replacement: Any) -> None:
    """From now on calls whose body holds `wanted` get `replacement`."""
    original = gateway.server.default

    async def behave(request: Request, writer: Writer) -> None:
        if request.method == method and wanted in request.body.decode():
            await replacement(request, writer)
        else:
            await original(request, writer)

    gateway.server.default = behave


@pytest.mark.parametrize(
    ("replacement", "told"),
    [
        (answer(500, {"error": "syntax error at or near DROP"}), "with sql in name: HTTP 500"),
        (answer(429, {}), "HTTP 429"),
        (answer(201, "<b>DROP TABLE</b>", headers={"Content-Type": "text/html"}), "which a browser may run"),
        (answer(422, "no", headers={"Content-Type": "text/html"}), "'text/html'"),
        (answer(201, {"name": "'; DROP TABLE"}), "not as it was sent"),
        (answer(201, {}), "came back as None"),
        (answer(201, "no", headers={"Content-Type": "application/json"}), "but not JSON"),
    ],
)
def test_a_text_that_does_something_fails(gateway: Gateway, replacement: Any, told: str) -> None:
    corrupt(gateway, "POST", "DROP TABLE", replacement)

    result = outcome(gateway, "security/hostile-text-templates")

    assert result.verdict == Verdict.FAILED
    assert told in result.message


def test_a_text_that_changes_between_writing_and_reading_fails(gateway: Gateway) -> None:
    original = gateway.backend.call

    def stored(handler: str, method: str, path: str, **request: Any) -> Any:
        got = original(handler, method, path, **request)
        if method == "GET":
            object.__setattr__(got, "text", got.text.replace("<script>", "&lt;script&gt;"))
        return got

    gateway.backend.call = stored  # type: ignore[method-assign]

    result = outcome(gateway, "security/hostile-text-templates")

    assert result.verdict == Verdict.FAILED
    assert "script in description, read back" in result.message


def test_an_id_made_of_hostile_text_must_be_refused(gateway: Gateway) -> None:
    original = gateway.server.default

    async def behave(request: Request, writer: Writer) -> None:
        body = json.loads(request.body or b"{}")
        if request.method == "POST" and "cat /etc" in body.get("profileId", ""):
            await answer(201, body)(request, writer)
        else:
            await original(request, writer)

    gateway.server.default = behave

    result = outcome(gateway, "security/hostile-text-risk-profiles")

    assert result.verdict == Verdict.FAILED
    assert "with shell in profileId: accepted as an id" in result.message


def test_nothing_is_proven_where_an_ordinary_body_is_refused_too(gateway: Gateway) -> None:
    gateway.server.on("POST", "/api/templates", answer(403, {"title": "Forbidden"}))

    result = outcome(gateway, "security/hostile-text-templates")

    assert result.verdict == Verdict.FAILED
    assert "with an ordinary body: HTTP 403" in result.message


def test_what_a_broken_check_left_is_removed_by_its_keys(gateway: Gateway, aws: FakeAws) -> None:
    gateway.server.on("DELETE", "/api/strategies/smoke-0123456789ab-strategies-text", answer(500, {}))

    outcome(gateway, "security/hostile-text-strategies", aws)

    assert aws.calls["delete_row"] == 2, "the strategy and its template"


def test_every_text_of_every_resource_is_tried() -> None:
    """A text that is added to a handler's model has to be added to the check."""
    models: dict[str, type[BaseModel]] = {
        "templates": templates.Template,
        "strategies": strategies.Strategy,
        "risk_profiles": risk_profiles.RiskProfile,
        "data_sources": data_sources.DataSource,
        "providers": providers.Provider,
    }
    assert models.keys() == RESOURCES.keys()
    for name, model in models.items():
        properties = model.model_json_schema(by_alias=True)["properties"]
        texts = {
            field for field, schema in properties.items() if '"string"' in json.dumps(schema) and not numeric(schema)
        }
        tried = {field.partition(".")[0] for field in RESOURCES[name].fields}
        assert tried - {"parameters"} == texts, name
        assert ("parameters" in tried) == ("parameters" in properties)


def numeric(schema: dict[str, Any]) -> bool:
    """Decimals may be texts for pydantic; the strict models take numbers only."""
    return '"number"' in json.dumps(schema)


def test_a_body_with_a_parent_needs_one() -> None:
    check = checks()["security/hostile-text-strategies"]
    with pytest.raises(ValidationError, match="none is described"):
        HostileTextCheck.model_validate({**check.model_dump(), "parent": None})


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"X-Content-Type-Options": ""}, "x-content-type-options '', expected 'nosniff'"),
        ({"Cache-Control": "public, max-age=60"}, "cache-control 'public, max-age=60', expected no-store"),
        ({"Strict-Transport-Security": ""}, "no strict-transport-security"),
        ({"Strict-Transport-Security": "max-age=0"}, "expected max-age=15552000 or more"),
    ],
)
def test_a_refusal_without_its_headers_fails(gateway: Gateway, headers: dict[str, str], told: str) -> None:
    gateway.refusal |= headers

    result = outcome(gateway, "security/api-headers")

    assert result.verdict == Verdict.FAILED
    assert "without key: " in result.message
    assert told in result.message


@pytest.mark.parametrize("way", BLOCKED)
def test_a_bucket_that_could_be_made_public_fails(gateway: Gateway, aws: FakeAws, way: str) -> None:
    aws.answers["s3.get_public_access_block"] = lambda **_: {"PublicAccessBlockConfiguration": {**BLOCKED, way: False}}

    result = outcome(gateway, "security/private-buckets", aws)

    assert result.verdict == Verdict.FAILED
    assert f"site: public access is not blocked ({way})" in result.message


def refuse(code: str) -> Any:
    def call(**_: Any) -> None:
        raise AwsProblem(f"s3: {code}", code=code)

    return call


def test_a_bucket_without_any_block_or_with_a_public_policy_fails(gateway: Gateway, aws: FakeAws) -> None:
    aws.answers["s3.get_public_access_block"] = refuse("NoSuchPublicAccessBlockConfiguration")
    aws.answers["s3.get_bucket_policy_status"] = lambda **_: {"PolicyStatus": {"IsPublic": True}}

    message = outcome(gateway, "security/private-buckets", aws).message

    assert message.count("public access is not blocked") == message.count("its policy is public") == 2


def test_a_bucket_without_a_policy_is_private_and_one_that_is_hidden_is_not_judged(
    gateway: Gateway, aws: FakeAws
) -> None:
    aws.answers["s3.get_bucket_policy_status"] = refuse("NoSuchBucketPolicy")
    assert outcome(gateway, "security/private-buckets", aws).verdict == Verdict.PASSED

    for code in ("AccessDenied", "NoSuchBucket"):
        aws.answers["s3.get_bucket_policy_status"] = refuse(code)
        assert outcome(gateway, "security/private-buckets", aws).verdict == Verdict.ERROR


def group(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"GroupId": "sg-1", "GroupName": "functions", "IpPermissions": list(rules)}


def rule(first: int, last: int, *, source: str = "0.0.0.0/0", protocol: str = "tcp") -> dict[str, Any]:
    ranges = {"Ipv6Ranges": [{"CidrIpv6": source}]} if ":" in source else {"IpRanges": [{"CidrIp": source}]}
    return {"IpProtocol": protocol, "FromPort": first, "ToPort": last, **ranges}


@pytest.mark.parametrize(
    ("opened", "told"),
    [
        (rule(22, 22), "sg-1 (functions): tcp 22"),
        (rule(6379, 6379, source="::/0"), "tcp 6379"),
        (rule(80, 443), "tcp 80-443"),
        (rule(443, 443, protocol="icmp"), "icmp 443"),
        ({"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}, "everything"),
    ],
)
def test_a_port_that_is_open_to_everybody_fails(
    gateway: Gateway, aws: FakeAws, opened: dict[str, Any], told: str
) -> None:
    aws.answers["ec2.describe_security_groups"] = lambda **_: {"SecurityGroups": [group(rule(443, 443), opened)]}

    result = outcome(gateway, "security/open-ingress", aws)

    assert result.verdict == Verdict.FAILED
    assert told in result.message


def test_what_is_open_to_some_or_allowed_to_all_passes(gateway: Gateway, aws: FakeAws) -> None:
    rules = (rule(443, 443), rule(80, 80, source="::/0"), rule(6379, 6379, source="10.0.0.0/16"))
    aws.answers["ec2.describe_security_groups"] = lambda **_: {"SecurityGroups": [group(*rules)]}

    assert outcome(gateway, "security/open-ingress", aws).verdict == Verdict.PASSED


def test_a_network_that_shows_no_groups_is_not_judged(gateway: Gateway, aws: FakeAws) -> None:
    aws.answers["ec2.describe_security_groups"] = lambda **_: {"SecurityGroups": []}

    assert outcome(gateway, "security/open-ingress", aws).verdict == Verdict.ERROR


def test_an_unexpected_listener_fails_and_a_silent_host_is_not_judged(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = checks(hosts={"localhost": None})["security/open-ports-localhost"]
    with Server() as database, Server() as gone:
        closed = gone.port
        monkeypatch.setattr(open_ports, "PORTS", {database.port: "PostgreSQL"})
        allowed = check.model_copy(update={"allowed": (gateway.server.port,)})

        open_ = only(run(plan_of(gateway.server.url, allowed)))
        monkeypatch.setattr(open_ports, "PORTS", {})
        fine = only(run(plan_of(gateway.server.url, allowed)))
    silent = only(run(plan_of(gateway.server.url, check.model_copy(update={"allowed": (closed,)}))))

    assert (open_.verdict, fine.verdict, silent.verdict) == (Verdict.FAILED, Verdict.PASSED, Verdict.ERROR)
    assert f"localhost also listens on {database.port} (PostgreSQL)" in open_.message


def test_no_other_host_than_the_plan_s_is_probed(gateway: Gateway) -> None:
    check = checks(hosts={"elsewhere.example": None})["security/open-ports-elsewhere.example"]

    result = only(run(plan_of(gateway.server.url, check)))

    assert result.verdict == Verdict.FAILED
    assert "not a target of this plan" in result.message
