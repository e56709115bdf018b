"""F25: an alarm has no data. Traffic is sent and it is read again; then it is inconclusive, and production stops."""

from __future__ import annotations

import pytest

from lambda_src.verification.plan import Policy
from lambda_src.verification.verdicts import Verdict
from tests.faults.support.fake_aws import FakeAws
from tests.faults.support.monitoring import ERRORS, FakeMonitoring, alarm
from tests.faults.support.runs import only, plan_of, run
from tests.faults.support.server import Request, Server, Writer, answer

NAME = "monitoring/alarm-health-errors"


@pytest.fixture
def monitoring(aws: FakeAws) -> FakeMonitoring:
    monitoring = FakeMonitoring(aws)
    monitoring.alarms[ERRORS] = alarm(state="INSUFFICIENT_DATA")
    return monitoring


def test_traffic_brings_data_and_the_alarm_is_read_again(
    server: Server, aws: FakeAws, monitoring: FakeMonitoring
) -> None:
    async def serve(request: Request, writer: Writer) -> None:
        monitoring.alarms[ERRORS] = alarm(state="OK")
        await answer(200, {"status": "ok"})(request, writer)

    server.on("GET", "/health", serve)
    plan = plan_of(server.url, *monitoring.checks(only=NAME), consistency_window_s=5)

    result = only(run(plan, aws=aws, first_pause_s=0.5))

    assert result.verdict == Verdict.PASSED, result.message
    assert result.history[0].verdict == Verdict.INCONCLUSIVE
    assert server.asked("GET", "/health") == 1


@pytest.mark.parametrize(("policy", "stops"), [("fail", True), ("warn", False)])
def test_without_data_to_the_end_the_environments_policy_decides(
    server: Server, aws: FakeAws, monitoring: FakeMonitoring, policy: str, stops: bool
) -> None:
    server.on("GET", "/health", answer(200, {"status": "ok"}))
    plan = plan_of(server.url, *monitoring.checks(only=NAME), policy=Policy(on_inconclusive=policy))

    report = run(plan, aws=aws)

    assert only(report).verdict == Verdict.INCONCLUSIVE
    assert ERRORS in only(report).message
    assert report.verdict == Verdict.INCONCLUSIVE
    assert report.stops_release is stops


def test_an_alarm_is_not_said_to_lack_data_where_no_traffic_could_be_sent(
    server: Server, aws: FakeAws, monitoring: FakeMonitoring
) -> None:
    plan = plan_of("http://localhost:1", *monitoring.checks(only=NAME))

    result = only(run(plan, aws=aws))

    assert result.verdict == Verdict.ERROR
    assert "no traffic could be sent" in result.message


def test_all_alarms_are_read_with_one_call_and_traffic_is_sent_once(
    server: Server, aws: FakeAws, monitoring: FakeMonitoring
) -> None:
    server.on("GET", "/health", answer(200, {"status": "ok"}))
    names = tuple(f"{ERRORS}-{number}" for number in range(20))
    monitoring.alarms = {name: alarm(name, "INSUFFICIENT_DATA") for name in names}

    report = run(plan_of(server.url, *monitoring.checks(alarms=names, only=NAME), concurrency=64), aws=aws)

    assert report.counts["inconclusive"] == 20
    # Two pages of metric alarms and one of composite alarms.
    assert aws.calls["cloudwatch.describe_alarms"] == 3
    assert server.asked("GET", "/health") == 1
