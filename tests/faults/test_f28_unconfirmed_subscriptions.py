"""F28: a subscription is pending. A warning with the resend command; production needs one that is confirmed."""

from __future__ import annotations

import pytest

from lambda_src.verification.verdicts import Report, Verdict
from tests.faults.support.fake_aws import FakeAws
from tests.faults.support.monitoring import ADDRESS, TOPIC, FakeMonitoring, subscription
from tests.faults.support.runs import plan_of, run
from tests.faults.support.server import Server

RESEND = f"aws sns subscribe --topic-arn {TOPIC} --protocol email --notification-endpoint {ADDRESS}"


@pytest.fixture
def monitoring(aws: FakeAws) -> FakeMonitoring:
    return FakeMonitoring(aws)


def verified(server: Server, aws: FakeAws, monitoring: FakeMonitoring, *, production: bool) -> tuple[Report, list[str]]:
    report = run(plan_of(server.url, *monitoring.checks(only="/topic-", production=production)), aws=aws)
    return report, [f"{result.name} {result.verdict}" for result in report.checks]


def test_pending_is_a_warning_with_the_command_that_sends_the_mail_again(
    server: Server, aws: FakeAws, monitoring: FakeMonitoring
) -> None:
    monitoring.subscriptions = [subscription(confirmed=False)]

    report, verdicts = verified(server, aws, monitoring, production=False)

    assert verdicts == [
        "monitoring/topic-critical-subscribed passed",
        "monitoring/topic-critical-confirmed inconclusive",
    ]
    assert report.verdict == Verdict.PASSED
    assert not report.stops_release
    assert RESEND in report.checks[1].message
    assert report.checks[1].remedy.startswith(RESEND)


def test_production_needs_one_confirmed(server: Server, aws: FakeAws, monitoring: FakeMonitoring) -> None:
    monitoring.subscriptions = [subscription(confirmed=False)]

    report, verdicts = verified(server, aws, monitoring, production=True)

    assert verdicts[1] == "monitoring/topic-critical-confirmed failed"
    assert report.stops_release
    assert report.checks[1].remedy.startswith(RESEND)


def test_one_confirmed_is_enough_and_the_other_is_named(
    server: Server, aws: FakeAws, monitoring: FakeMonitoring
) -> None:
    monitoring.subscriptions = [subscription("first@acinaces.com"), subscription(confirmed=False)]

    report, _ = verified(server, aws, monitoring, production=True)

    assert report.verdict == Verdict.PASSED
    assert RESEND in report.checks[1].message


@pytest.mark.parametrize("production", [False, True])
def test_a_topic_without_a_subscription_fails(
    server: Server, aws: FakeAws, monitoring: FakeMonitoring, production: bool
) -> None:
    monitoring.subscriptions = []

    report, verdicts = verified(server, aws, monitoring, production=production)

    assert verdicts == ["monitoring/topic-critical-subscribed failed", "monitoring/topic-critical-confirmed failed"]
    assert report.stops_release
    assert "nobody is subscribed" in report.checks[0].message
