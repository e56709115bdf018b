"""F26 and F27, at run time: an alarm in ALARM, missing, or silenced fails by its own name and with what to do."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_src.verification.verdicts import Verdict
from tests.faults.support.fake_aws import FakeAws
from tests.faults.support.monitoring import ERRORS, PREFIX, FakeMonitoring, alarm
from tests.faults.support.runs import only, plan_of, run
from tests.faults.support.server import Server

NAME = "monitoring/alarm-health-errors"


@pytest.mark.parametrize(
    ("alarms", "said"),
    [
        ({ERRORS: alarm(state="ALARM")}, "in ALARM"),
        ({}, "there is no alarm"),
        ({ERRORS: alarm(ActionsEnabled=False)}, "actions are disabled"),
        ({ERRORS: alarm(AlarmActions=[])}, "tells nobody"),
    ],
)
def test_it_fails_at_once_and_by_name(
    server: Server, aws: FakeAws, alarms: dict[str, dict[str, Any]], said: str
) -> None:
    monitoring = FakeMonitoring(aws)
    monitoring.alarms = alarms

    result = only(run(plan_of(server.url, *monitoring.checks(only=NAME), consistency_window_s=5), aws=aws))

    assert (result.verdict, result.attempts) == (Verdict.FAILED, 1)
    assert ERRORS in result.message
    assert said in result.message
    assert f"--alarm-name {ERRORS}" in result.remedy
    assert server.received == []


def test_alarms_that_the_plan_does_not_name_count_too(server: Server, aws: FakeAws) -> None:
    monitoring = FakeMonitoring(aws)
    others = [f"{PREFIX}left-over", f"{PREFIX}verification-health", "another-environment-errors"]
    monitoring.alarms |= {name: alarm(name, "ALARM") for name in others}

    result = only(run(plan_of(server.url, *monitoring.checks(only="other-alarms")), aws=aws))

    assert result.verdict == Verdict.FAILED
    assert others[0] in result.message
    assert others[1] not in result.message, "what verification reports would keep itself up"
    assert others[2] not in result.message


def test_being_refused_is_no_verdict_on_the_alarm(server: Server, aws: FakeAws) -> None:
    from tests.faults.support.fake_aws import refused

    monitoring = FakeMonitoring(aws)
    aws.faults["cloudwatch.describe_alarms"] = refused()

    result = only(run(plan_of(server.url, *monitoring.checks(only=NAME)), aws=aws))

    assert result.verdict == Verdict.ERROR
    assert "AccessDenied" in result.message
