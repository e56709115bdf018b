"""Checks of monitoring: a healthy environment passes, and each thing that is missing fails by its own name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lambda_src.verification import attempts
from lambda_src.verification.checks import alert
from lambda_src.verification.plan import Plan
from lambda_src.verification.verdicts import CheckResult, Verdict
from tests.faults.support.fake_aws import FakeAws
from tests.faults.support.monitoring import ACCESS_LOG, ADDRESS, HEALTH, PREFIX, TOPIC, FakeMonitoring
from tests.faults.support.runs import plan_of, run
from tests.faults.support.server import Server, answer


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws()


@pytest.fixture
def monitoring(aws: FakeAws) -> FakeMonitoring:
    return FakeMonitoring(aws)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(attempts, "LONGEST_PAUSE_S", 0.02)
    monkeypatch.setattr(alert, "_PAUSE_S", 0.01)
    with Server(default=answer(200, {"status": "ok"})) as running:
        yield running


def results(server: Server, aws: FakeAws, monitoring: FakeMonitoring, only: str = "") -> dict[str, CheckResult]:
    plan = plan_of(server.url, *monitoring.checks(only=only))
    return {result.name.removeprefix("monitoring/"): result for result in run(plan, aws=aws).checks}


def test_a_healthy_environment_passes(server: Server, aws: FakeAws, monitoring: FakeMonitoring) -> None:
    found = results(server, aws, monitoring)

    assert {name: result.message for name, result in found.items() if result.verdict != Verdict.PASSED} == {}
    assert sorted(found) == [
        "alarm-health-errors",
        "dashboard-platform",
        "log-access",
        "log-health",
        "metric-filters",
        "other-alarms",
        "test-alert",
        "topic-critical-confirmed",
        "topic-critical-subscribed",
        "traces",
        "tracing",
    ]
    assert monitoring.messages == [], "the alert is taken out of the queue"


def remove_dashboard(monitoring: FakeMonitoring) -> None:
    monitoring.dashboards.clear()


def empty_dashboard(monitoring: FakeMonitoring) -> None:
    monitoring.dashboards[f"{PREFIX}platform"] = json.dumps({"widgets": []})


def break_dashboard(monitoring: FakeMonitoring) -> None:
    monitoring.dashboards[f"{PREFIX}platform"] = "[]"


def silence_function(monitoring: FakeMonitoring) -> None:
    monitoring.log_groups[HEALTH.log_group] = []


def silence_access_log(monitoring: FakeMonitoring) -> None:
    monitoring.log_groups[ACCESS_LOG] = []


def switch_tracing_off(monitoring: FakeMonitoring) -> None:
    monitoring.tracing = "PassThrough"


def filter_people(monitoring: FakeMonitoring) -> None:
    monitoring.filters[ADDRESS] = '{"testAlert": [{"exists": false}]}'


def close_the_topic(monitoring: FakeMonitoring) -> None:
    monitoring.topic_changes[TOPIC] = {"Policy": '{"Statement": []}'}


def change_the_topics_key(monitoring: FakeMonitoring) -> None:
    monitoring.topic_changes[TOPIC] = {"KmsMasterKeyId": "another"}


@pytest.mark.parametrize(
    ("fault", "name", "said"),
    [
        (close_the_topic, "test-alert", "its policy differs from the test topic's"),
        (change_the_topics_key, "test-alert", "its key differs from the test topic's"),
        (remove_dashboard, "dashboard-platform", "not there"),
        (empty_dashboard, "dashboard-platform", "it is empty"),
        (break_dashboard, "dashboard-platform", "not a JSON object"),
        (silence_function, "log-health", "no entry although GET /health was called"),
        (silence_access_log, "log-access", "no entry"),
        (switch_tracing_off, "tracing", f"tracing is not active: {PREFIX}health"),
    ],
)
def test_what_is_broken_fails_alone(
    server: Server,
    aws: FakeAws,
    monitoring: FakeMonitoring,
    fault: Callable[[FakeMonitoring], None],
    name: str,
    said: str,
) -> None:
    fault(monitoring)

    found = results(server, aws, monitoring)

    assert [key for key, result in found.items() if result.verdict != Verdict.PASSED] == [name]
    assert found[name].verdict == Verdict.FAILED
    assert said in found[name].message
    assert found[name].remedy


def test_a_filter_keeps_alarms_from_people(server: Server, aws: FakeAws, monitoring: FakeMonitoring) -> None:
    filter_people(monitoring)

    found = results(server, aws, monitoring, "topic-critical")

    assert {result.verdict for result in found.values()} == {Verdict.FAILED}
    assert all("has a filter policy" in result.message for result in found.values())


def test_no_trace_yet_is_no_failure_because_x_ray_samples(
    server: Server, aws: FakeAws, monitoring: FakeMonitoring
) -> None:
    monitoring.traces = []

    assert results(server, aws, monitoring, "traces")["traces"].verdict == Verdict.INCONCLUSIVE


def test_a_metric_that_nobody_counts_is_named(server: Server, aws: FakeAws, monitoring: FakeMonitoring) -> None:
    checks = monitoring.checks(only="metric-filters")
    monitoring.counted = ["FailedLogins"]

    (result,) = run(plan_of(server.url, *checks), aws=aws).checks

    assert result.verdict == Verdict.FAILED
    assert "no filter counts BlockedRequests" in result.message


def test_an_alert_that_does_not_arrive_fails_within_its_time(
    server: Server, aws: FakeAws, monitoring: FakeMonitoring
) -> None:
    monitoring.delivers = False
    (check,) = monitoring.checks(only="test-alert")
    plan = plan_of(server.url, check.model_copy(update={"timeout_s": 3.5}))

    (result,) = run(plan, aws=aws).checks

    assert result.verdict == Verdict.FAILED
    assert "did not arrive" in result.message


def test_another_runs_alert_is_left_where_it_is(server: Server, aws: FakeAws, monitoring: FakeMonitoring) -> None:
    monitoring.messages.append("of another run")

    found = results(server, aws, monitoring, "test-alert")

    assert found["test-alert"].verdict == Verdict.PASSED
    assert monitoring.messages == ["of another run"]


def test_the_checks_are_plain_json_and_stay_out_of_the_gate(server: Server, monitoring: FakeMonitoring) -> None:
    plan = plan_of(server.url, *monitoring.checks())

    assert Plan.from_json(plan.to_json()) == plan
    assert all("gate" not in check.stages for check in plan.checks)


@pytest.mark.parametrize("production", [False, True])
def test_every_remedy_fits_and_says_what_to_do(monitoring: FakeMonitoring, production: bool) -> None:
    long_name: Any = "x" * 60
    for check in monitoring.checks(alarms=(f"{PREFIX}{long_name}",), production=production):
        assert 20 < len(check.remedy) <= 500
