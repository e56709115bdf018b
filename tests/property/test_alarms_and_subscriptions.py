"""M17.5: a production passes if all alarms are OK and all topics have a confirmed subscription, and only then."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lambda_src.verification.verdicts import Verdict
from tests.faults.support.fake_aws import FakeAws
from tests.faults.support.monitoring import PREFIX, FakeMonitoring, alarm, subscription
from tests.faults.support.runs import plan_of, run

FILTERED = "filtered@acinaces.com"
NAMES = tuple(f"{PREFIX}alarm-{number}" for number in range(4))
# None: there is no such alarm.
states = st.lists(st.sampled_from(["OK", "OK", "OK", "ALARM", "INSUFFICIENT_DATA", None]), min_size=4, max_size=4)
subscriptions = st.lists(
    st.builds(subscription, st.sampled_from(["a@acinaces.com", "b@acinaces.com", FILTERED]), confirmed=st.booleans()),
    max_size=4,
)


@given(states, subscriptions)
def test_passed_only_if_all_is_well(given_states: list[str | None], given_subscriptions: list[dict[str, Any]]) -> None:
    aws = FakeAws()
    monitoring = FakeMonitoring(aws)
    monitoring.alarms = {
        name: alarm(name, state) for name, state in zip(NAMES, given_states, strict=True) if state is not None
    }
    monitoring.subscriptions = given_subscriptions
    monitoring.filters = {FILTERED: '{"testAlert": [{"exists": false}]}'}
    checks = [
        *monitoring.checks(alarms=NAMES, production=True, only="/alarm-"),
        *monitoring.checks(production=True, only="/topic-"),
    ]

    # Nobody listens there: an alarm without data cannot get any.
    report = run(plan_of("http://localhost:1", *checks), aws=aws)

    told = any(one["SubscriptionArn"].startswith("arn:") and one["Endpoint"] != FILTERED for one in given_subscriptions)
    well = set(given_states) == {"OK"} and told
    assert (report.verdict == Verdict.PASSED) is well
    assert report.stops_release is not well
    assert len(report.checks) == 6
