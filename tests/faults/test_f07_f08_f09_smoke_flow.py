"""F7: the smoke call answers 200 with nonsense. F8: written, but the answer was lost. F9: clean-up fails midway."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambda_src.verification.aws import AwsProblem
from tests.faults.support.cloudformation import CloudFormation, properties
from tests.faults.support.fake_aws import API_KEY, FakeAws
from tests.faults.support.platform import TABLES, FakePlatform
from tests.faults.support.server import Behaviour, Request, Writer, answer

HTML = "<!doctype html><html><body>" + "maintenance " * 60 + "</body></html>"


def _smoke(report: dict[str, Any]) -> dict[str, Any]:
    return next(check for check in report["checks"] if check["kind"] == "smoke_flow")


def _also(platform: FakePlatform, method: str, path: str, then: Behaviour) -> None:
    """The platform really does what it is asked, and answers with something else."""

    async def behave(request: Request, writer: Writer) -> None:
        platform.behave(request)
        await then(request, writer)

    platform.server.on(method, path, behave)


@pytest.mark.parametrize(
    ("nonsense", "told"),
    [
        (answer(200, HTML, headers={"Content-Type": "text/html"}), "not JSON (text/html)"),
        (answer(201, b"\x00\xff\xfe{{{"), "not JSON (no content type)"),
        (answer(201, {"id": "something else"}), "does not carry strategyId"),
        (answer(201, ["a", "list"]), "does not carry strategyId"),
        (answer(200, "[" * 100_000), "not JSON"),
    ],
)
def test_f07_nonsense_fails_with_a_short_excerpt_and_still_cleans_up(
    cloudformation: CloudFormation, platform: FakePlatform, aws: FakeAws, latest: Any, nonsense: Behaviour, told: str
) -> None:
    _also(platform, "POST", "/api/strategies", nonsense)

    outcome = cloudformation.deliver("Create", properties(platform.plan().to_json()))

    assert outcome.status == "FAILED"
    result = _smoke(latest())
    assert result["verdict"] == "failed"
    assert result["message"].startswith("create strategy: ")
    assert told in result["message"]
    assert len(result["message"]) < 400
    assert aws.left == [], "the template before it and the strategy itself are gone"
    assert latest()["cleanup"]["leftovers"] == []


def test_f07_an_excerpt_carries_no_secret(cloudformation: CloudFormation, platform: FakePlatform, latest: Any) -> None:
    echo = {"apiKey": API_KEY, "password": "hunter2-hunter2", "note": f"your key is {API_KEY}"}
    _also(platform, "POST", "/api/templates", answer(201, echo))

    cloudformation.deliver("Create", properties(platform.plan().to_json()))

    message = _smoke(latest())["message"]
    assert "[redacted]" in message
    assert "hunter2" not in message
    assert API_KEY not in json.dumps(latest())


def test_f08_a_row_whose_answer_was_lost_is_removed_by_its_key(
    cloudformation: CloudFormation, platform: FakePlatform, aws: FakeAws, latest: Any
) -> None:
    async def lost(_request: Request, writer: Writer) -> None:
        writer.transport.abort()

    _also(platform, "POST", "/api/risk-profiles", lost)

    outcome = cloudformation.deliver("Create", properties(platform.plan().to_json()))

    assert outcome.status == "FAILED"
    assert "create risk-profile" in outcome.reason
    removed = latest()["cleanup"]["deleted"]
    assert any(name.startswith(f"{TABLES.risk_profiles}/smoke-") for name in removed)
    assert aws.left == []


def test_f08_a_lost_answer_inside_the_window_is_repeated_with_the_same_key(
    cloudformation: CloudFormation, platform: FakePlatform, aws: FakeAws, latest: Any
) -> None:
    lost_once = iter([True])

    async def behave(request: Request, writer: Writer) -> None:
        real = platform.behave(request)
        if next(lost_once, False):
            writer.transport.abort()
        else:
            await real(request, writer)

    platform.server.on("POST", "/api/templates", behave)

    outcome = cloudformation.deliver("Create", properties(platform.plan(consistency_window_s=10).to_json()))

    assert outcome.status == "SUCCESS", outcome.reason
    assert _smoke(latest())["attempts"] == 2
    assert aws.left == []


def test_f09_a_failing_clean_up_leaves_the_verdict_and_lists_what_is_left(
    cloudformation: CloudFormation, platform: FakePlatform, aws: FakeAws, latest: Any
) -> None:
    def throttled(subject: str) -> None:
        raise AwsProblem(f"dynamodb delete_item on {subject}: ThrottlingException: slow", code="ThrottlingException")

    aws.faults["delete_row"] = throttled

    outcome = cloudformation.deliver("Create", properties(platform.plan().to_json()))

    assert outcome.status == "SUCCESS"
    assert outcome.data["Verdict"] == "passed"
    leftovers = latest()["cleanup"]["leftovers"]
    assert len(leftovers) == 3, "template, strategy and risk profile"
    assert all("ThrottlingException" in line for line in leftovers)


def test_f09_a_failing_release_stays_failed_and_says_that_rows_are_left(
    cloudformation: CloudFormation, platform: FakePlatform, aws: FakeAws
) -> None:
    _also(platform, "POST", "/api/strategies", answer(200, HTML))

    def broken(_subject: str) -> None:
        raise AwsProblem("dynamodb delete_item: InternalServerError: try later")

    aws.faults["delete_row"] = broken

    outcome = cloudformation.deliver("Create", properties(platform.plan().to_json()))

    assert outcome.status == "FAILED"
    assert "create strategy" in outcome.reason
    assert "Not removed (TTL will)" in outcome.reason


def test_a_step_that_does_not_stay_deleted_fails(
    cloudformation: CloudFormation, platform: FakePlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ignored(request: Request, writer: Writer) -> None:
        await answer(204)(request, writer)

    real = platform.behave

    def behave(request: Request) -> Behaviour:
        return ignored if request.method == "DELETE" else real(request)

    monkeypatch.setattr(platform, "behave", behave)

    outcome = cloudformation.deliver("Create", properties(platform.plan().to_json()))

    assert outcome.status == "FAILED"
    assert "it can still be read afterwards" in outcome.reason


def test_a_row_that_reads_back_differently_fails(cloudformation: CloudFormation, platform: FakePlatform) -> None:
    real = platform.behave

    async def rounded(request: Request, writer: Writer) -> None:
        real(request)
        rows = platform.aws.rows[TABLES.risk_profiles]
        rows[-1] = {**rows[-1], "maxDrawdown": 0}  # type: ignore[dict-item]
        await answer(201, rows[-1])(request, writer)

    platform.server.on("POST", "/api/risk-profiles", rounded)

    outcome = cloudformation.deliver("Create", properties(platform.plan().to_json()))

    assert outcome.status == "FAILED"
    assert "read risk-profile back: differs from what was sent in maxDrawdown" in outcome.reason


def test_missing_audit_entries_fail_and_are_named(
    cloudformation: CloudFormation, platform: FakePlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "_audit", lambda _entity, _action: None)

    outcome = cloudformation.deliver("Create", properties(platform.plan().to_json()))

    assert outcome.status == "FAILED"
    assert "audit entries of smoke-" in outcome.reason
