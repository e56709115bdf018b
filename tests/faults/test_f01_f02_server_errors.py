"""F1: an endpoint answers 500 throughout. F2: it answers 500 three times, then 200."""

from __future__ import annotations

from typing import Any

from tests.faults.support.cloudformation import CloudFormation, properties
from tests.faults.support.fake_aws import FakeAws
from tests.faults.support.platform import FakePlatform, TestPolicy
from tests.faults.support.server import answer, in_turn


def test_f01_500_throughout_stops_the_release_and_names_check_path_status_and_attempts(
    cloudformation: CloudFormation, platform: FakePlatform, aws: FakeAws, latest: Any
) -> None:
    platform.server.on("GET", "/health", answer(500, {"title": "broken"}))
    plan = platform.plan(consistency_window_s=0.6)

    outcome = cloudformation.deliver("Update", properties(plan.to_json()), PhysicalResourceId="gate-local")

    assert outcome.status == "FAILED"
    report = latest()
    result = next(check for check in report["checks"] if check["name"] == "api/health")
    assert result["verdict"] == "failed"
    assert result["attempts"] >= 2, "retried inside the window"
    for told in ("api/health", "GET /health", "HTTP 500", f"{result['attempts']} attempts", "s3://reports/releases/"):
        assert told in outcome.reason
    assert result["remedy"], "what to do stands in the report"
    # One failing endpoint does not stop the others.
    assert report["counts"]["passed"] == len(report["checks"]) - 1
    assert aws.left == []


def test_f01_a_failing_advisory_check_is_reported_and_does_not_stop(
    cloudformation: CloudFormation, platform: FakePlatform, latest: Any
) -> None:
    platform.server.on("GET", "/api/exchanges", answer(500))
    plan = platform.plan()
    checks = tuple(
        check.model_copy(update={"criticality": "advisory"}) if check.name == "api/exchanges" else check
        for check in plan.checks
    )

    outcome = cloudformation.deliver("Create", properties(plan.model_copy(update={"checks": checks}).to_json()))

    assert outcome.status == "SUCCESS"
    assert outcome.data["Verdict"] == "passed"
    assert outcome.data["Failed"] == "1"
    assert "api/exchanges" in outcome.data["Summary"]
    assert latest()["counts"]["failed"] == 1


def test_f02_recovered_after_three_500s_passes_and_shows_the_retries(
    cloudformation: CloudFormation, platform: FakePlatform, latest: Any
) -> None:
    broken = answer(500, {"title": "starting"})
    platform.server.on("GET", "/health", in_turn(broken, broken, broken, answer(200, {"status": "ok"})))
    plan = platform.plan(policy=TestPolicy(consistency_window_s=20))

    outcome = cloudformation.deliver("Create", properties(plan.to_json()))

    assert outcome.status == "SUCCESS"
    result = next(check for check in latest()["checks"] if check["name"] == "api/health")
    assert result["verdict"] == "passed"
    assert result["attempts"] == 4
    assert [attempt["verdict"] for attempt in result["history"]] == ["failed"] * 3 + ["passed"]
    assert "HTTP 500" in result["history"][0]["message"]
