"""Plans: what is accepted, what is refused and how that is told, and that their JSON is stable."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambda_src.verification.plan import M10_CATEGORIES, Plan, PlanError
from lambda_src.verification.plans import Endpoint, release_plan
from tests.faults.support.fake_aws import SECRET_ARN
from tests.faults.support.platform import BUILD_ID, ENDPOINTS, TABLES, TestPolicy

API, SITE = "https://api.acinaces.com", "https://acinaces.com"
# What CDK puts in place of values that CloudFormation knows later.
TOKEN = "${Token[TOKEN.1234]}"


def release(**changes: Any) -> Plan:
    values: dict[str, Any] = {
        "environment": "production",
        "api_url": API,
        "site_url": SITE,
        "endpoints": ENDPOINTS,
        "build_id": BUILD_ID,
        "smoke_tables": TABLES,
        "api_key_secret_arn": SECRET_ARN,
        "policy": TestPolicy(allow_loopback=False, consistency_window_s=120, timeout_s=600, max_latency_ms=1000),
    }
    return release_plan(**(values | changes))


def test_a_release_plan_checks_all_categories_the_smoke_flow_and_the_site() -> None:
    plan = release(site_pages=("/", "/templates"))

    assert [check.name for check in plan.checks] == [
        *(f"api/{endpoint.function}" for endpoint in ENDPOINTS),
        "api/health-detailed",
        "api/health-ready",
        "api/health-live",
        *(f"performance/{endpoint.function}" for endpoint in ENDPOINTS),
        "smoke/trading-setup",
        "site/page",
        "site/page/templates",
        "site/assets",
        "site/config",
    ]
    assert plan.required_categories == M10_CATEGORIES
    assert plan.total_deadline_s == 580, "20 s of Lambda's time are kept for cleaning up and answering"
    assert all(check.remedy for check in plan.checks)


def test_only_public_endpoints_go_without_a_key() -> None:
    plan = release()

    open_checks = {check.name for check in plan.checks if check.group == "api" and not check.needs_api_key}
    assert open_checks == {"api/health", "api/health-detailed", "api/health-ready", "api/health-live"}


@pytest.mark.parametrize("category", M10_CATEGORIES)
def test_a_category_without_an_endpoint_is_refused_by_name(category: str) -> None:
    endpoints = [endpoint for endpoint in ENDPOINTS if endpoint.category != category]

    with pytest.raises(PlanError, match=rf"plan of production refused: no endpoint is checked for: {category}$"):
        release(endpoints=endpoints)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"api_url": "http://api.acinaces.com"}, "plain http"),
        ({"api_url": "http://localhost:4566"}, "plain http"),
        ({"api_url": "https://api.acinaces.com/"}, "must not end with a slash"),
        ({"api_url": "https://user:pw@api.acinaces.com"}, "must not carry credentials"),
        ({"api_url": "ftp://api.acinaces.com"}, "not an https URL"),
        ({"api_url": "https://api.acinaces.com:99999"}, "is not a URL"),
        ({"site_url": ""}, "needs targets.site_url"),
        ({"api_key_secret_arn": ""}, "needs api_key_secret_arn"),
        ({"site_pages": ("/", "/")}, "two checks are called 'site/page'"),
        ({"site_pages": ("no-slash",)}, "should match pattern"),
        ({"environment": "Pro duction"}, "environment"),
        ({"connect_to": {"127.0.0.1:443": "x:1"}}, "is an address"),
        ({"connect_to": {"api.acinaces.com:443": "d1.cloudfront.net:x"}}, "no valid port"),
        ({"endpoints": (*ENDPOINTS, Endpoint(function="x", category="c", path="/a b"))}, "got '/a b'"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(PlanError) as problem:
        release(**changes)

    message = str(problem.value)
    assert told in message
    assert "\n" not in message
    assert "pydantic" not in message


def test_tokens_are_accepted_at_synthesis_and_survive_the_json() -> None:
    plan = release(
        api_url=f"https://{TOKEN}.execute-api.eu-central-1.amazonaws.com/live",
        site_url=f"https://{TOKEN}",
        api_key_secret_arn=TOKEN,
        connect_to={"api.acinaces.com:443": TOKEN},
    )

    assert plan.to_json().count(TOKEN) >= 4


def test_a_token_resolved_to_something_unusable_is_refused_when_the_gate_reads_the_plan() -> None:
    text = release(site_url=f"https://{TOKEN}").to_json()

    with pytest.raises(PlanError, match="plain http"):
        Plan.from_json(text.replace(f"https://{TOKEN}", "http://elsewhere.example"))


def test_json_is_the_same_for_the_same_plan_and_reads_back_equal() -> None:
    plan = release(site_config={"b": "2", "a": "1"})
    again = release(site_config={"a": "1", "b": "2"})

    assert plan.to_json() == again.to_json()
    assert Plan.from_json(plan.to_json()) == plan
    assert list(json.loads(plan.to_json())) == sorted(json.loads(plan.to_json()))


def test_unknown_keys_and_kinds_are_refused() -> None:
    document = json.loads(release().to_json())
    document["checks"][0]["follow"] = True
    document["checks"][1]["kind"] = "shell"

    with pytest.raises(PlanError, match=r"checks\[0\].*follow: Extra inputs.*checks\[1\].*'shell'"):
        Plan.from_json(json.dumps(document))


def test_a_smoke_step_that_refers_to_a_later_step_is_refused() -> None:
    document = json.loads(release().to_json())
    smoke = next(check for check in document["checks"] if check["kind"] == "smoke_flow")
    smoke["steps"].reverse()

    with pytest.raises(PlanError, match=r"refers to \{template\}, which no earlier step creates"):
        Plan.from_json(json.dumps(document))


def test_a_plan_is_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        release().environment = "test"  # type: ignore[misc]


def test_slow_environments_get_longer_attempts() -> None:
    plan = release(policy=TestPolicy(max_latency_ms=10_000))
    endpoint = next(check for check in plan.checks if check.kind == "api_endpoint")

    assert endpoint.timeout_s == 15, "an answer at the limit is measured and not cut off"


def test_expected_records_name_both_hosts() -> None:
    records = release().targets.expected_records

    assert records["api.acinaces.com"].startswith("A (alias")
    assert records["acinaces.com"].startswith("A and AAAA")
