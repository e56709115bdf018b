"""A scheduled run: its part of the stored plan, its report, its metrics; it never fails with a check."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from lambda_src.verification import scheduled
from lambda_src.verification.aws import AwsProblem
from lambda_src.verification.metrics import percentile
from tests.faults.support.fake_aws import FakeAws, refused
from tests.faults.support.platform import FakePlatform
from tests.faults.support.server import Server, answer

BUCKET, PLAN = "reports", "releases/plan.json"
CHECKS = ("api/health", "api/templates", "site/page")
STOP = "/acinaces/local/emergency-stop"
HEALTH = {"schedule": "health", "groups": ["api", "data"], "deadline_s": 20, "emergency_stop": STOP}
Metrics = Mapping[str, Any]


@dataclass
class Context:
    """Lambda's, as far as it is asked."""

    aws_request_id: str = "5c5f4c2e-0000-4000-8000-000000000000"
    left_s: float = 60

    def get_remaining_time_in_millis(self) -> int:
        return int(self.left_s * 1000)


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakePlatform]:
    """A platform whose plan the last release has stored."""
    aws = FakeAws()
    variables = {"ENVIRONMENT": "local", "REPORT_BUCKET": BUCKET, "PLAN_KEY": PLAN, "REPORT_PREFIX": "continuous/"}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(scheduled, "BotoAws", lambda **_: aws)
    aws.answers["ssm.get_parameter"] = lambda **_: {"Parameter": {"Value": "off"}}
    with Server() as server:
        platform = FakePlatform(server, aws)
        aws.objects[f"{BUCKET}/{PLAN}"] = platform.plan().select(names=CHECKS).to_json().encode()
        yield platform


@pytest.fixture
def metrics(capsys: pytest.CaptureFixture[str]) -> Callable[[], Metrics]:
    """The one line on stdout."""

    def read() -> Metrics:
        (line,) = capsys.readouterr().out.splitlines()
        document: Metrics = json.loads(line)
        return document

    return read


def run(event: Mapping[str, Any] = HEALTH) -> dict[str, Any]:
    return scheduled.on_schedule(event, Context())


def test_a_healthy_platform(platform: FakePlatform, metrics: Callable[[], Metrics]) -> None:
    answered = run()

    emitted = metrics()
    assert answered["verdict"] == "passed"
    assert (emitted["Environment"], emitted["Group"]) == ("local", "health")
    assert emitted["ChecksPassed"] == 2
    assert (emitted["HealthFailure"], emitted["RunFailed"], emitted["EmergencyStop"]) == (0, 0, 0)
    assert emitted["LatencyP95"] >= 0
    (definition,) = emitted["_aws"]["CloudWatchMetrics"]
    assert (definition["Namespace"], definition["Dimensions"]) == ("Acinaces", [["Environment", "Group"]])
    assert {metric["Name"] for metric in definition["Metrics"]} == emitted.keys() - {"_aws", "Environment", "Group"}


def test_only_the_schedules_groups_run_and_nothing_is_written(platform: FakePlatform) -> None:
    run()

    report = json.loads(platform.aws.objects[f"{BUCKET}/continuous/health/latest.json"])
    assert {check["group"] for check in report["checks"]} == {"api"}
    assert platform.aws.left == []


def test_what_belongs_to_releases_only_does_not_run(platform: FakePlatform) -> None:
    stored = platform.plan().select(names=CHECKS)
    first, *others = stored.checks
    checks = (first.model_copy(update={"stages": ("gate", "validate")}), *others)
    platform.aws.objects[f"{BUCKET}/{PLAN}"] = stored.model_copy(update={"checks": checks}).to_json().encode()

    run()

    report = json.loads(platform.aws.objects[f"{BUCKET}/continuous/health/latest.json"])
    assert [check["name"] for check in report["checks"]] == ["api/templates"]


def test_the_report_is_stored_under_its_time_and_as_the_latest(platform: FakePlatform) -> None:
    key = run()["report"]

    objects = platform.aws.objects
    assert key.startswith("continuous/health/2")
    assert objects[f"{BUCKET}/{key}"] == objects[f"{BUCKET}/continuous/health/latest.json"]
    assert json.loads(objects[f"{BUCKET}/{key}"])["kind"] == "schedule"


def test_a_failing_check_is_a_metric_and_not_an_exception(
    platform: FakePlatform, metrics: Callable[[], Metrics]
) -> None:
    platform.server.on("GET", "/api/templates", answer(500, {}))

    answered = run()

    emitted = metrics()
    assert answered["verdict"] == "failed"
    assert (emitted["ChecksFailed"], emitted["ChecksPassed"]) == (1, 1)
    assert (emitted["HealthFailure"], emitted["RunFailed"]) == (1, 1)


def test_a_check_is_tried_once(platform: FakePlatform) -> None:
    """The alarm counts failures in a row; a run that waited for better would hide them."""
    stored = platform.plan(consistency_window_s=30.0).select(names=CHECKS)
    platform.aws.objects[f"{BUCKET}/{PLAN}"] = stored.to_json().encode()
    platform.server.on("GET", "/api/templates", answer(503, {}))

    run()

    report = json.loads(platform.aws.objects[f"{BUCKET}/continuous/health/latest.json"])
    assert {check["attempts"] for check in report["checks"]} == {1}


def test_health_failures_are_of_the_health_schedule_only(
    platform: FakePlatform, metrics: Callable[[], Metrics]
) -> None:
    platform.server.on("GET", "/", answer(500, {}))

    run({"schedule": "security", "groups": ["site"], "deadline_s": 20})

    emitted = metrics()
    assert emitted["RunFailed"] == 1
    assert "HealthFailure" not in emitted
    assert "EmergencyStop" not in emitted


@pytest.mark.parametrize(
    "stored", [None, b"{}", b"no JSON"], ids=["there is no plan", "a plan of another schema", "no JSON"]
)
def test_without_a_plan_nothing_was_measured(
    platform: FakePlatform, metrics: Callable[[], Metrics], stored: bytes | None
) -> None:
    """No HealthFailure: what was not measured must not move a release."""
    platform.aws.objects.pop(f"{BUCKET}/{PLAN}")
    if stored is not None:
        platform.aws.objects[f"{BUCKET}/{PLAN}"] = stored

    answered = run()

    emitted = metrics()
    assert answered["verdict"] == "error"
    assert emitted["RunFailed"] == 1
    assert "HealthFailure" not in emitted


def test_a_group_without_checks_is_an_error(platform: FakePlatform, metrics: Callable[[], Metrics]) -> None:
    answered = run({**HEALTH, "groups": ["nothing"]})

    assert answered["verdict"] == "error"
    assert metrics()["RunFailed"] == 1


@pytest.mark.parametrize(
    ("value", "stopped"),
    [
        ("off", 0),
        (" OFF\n", 0),
        ("on", 1),
        ("wrong prices, J. K.", 1),
        ('{"reason": "x", "rollback": true}', 1),
        ('{"reason": "x"}', 1),
        # acinaces emergency-stop --no-rollback
        ('{"reason": "x", "rollback": false}', 0),
    ],
)
def test_the_emergency_stop(platform: FakePlatform, metrics: Callable[[], Metrics], value: str, stopped: int) -> None:
    platform.aws.answers["ssm.get_parameter"] = lambda **_: {"Parameter": {"Value": value}}

    run()

    assert metrics()["EmergencyStop"] == stopped


def test_an_emergency_stop_is_seen_without_a_plan(platform: FakePlatform, metrics: Callable[[], Metrics]) -> None:
    platform.aws.objects.clear()
    platform.aws.answers["ssm.get_parameter"] = lambda **_: {"Parameter": {"Value": "on"}}

    run()

    assert metrics()["EmergencyStop"] == 1


def test_an_emergency_stop_that_cannot_be_read_is_none(platform: FakePlatform, metrics: Callable[[], Metrics]) -> None:
    platform.aws.faults["ssm.get_parameter"] = refused()

    assert run()["verdict"] == "passed"
    assert "EmergencyStop" not in metrics()


def test_a_report_that_cannot_be_stored_leaves_the_metrics(
    platform: FakePlatform, metrics: Callable[[], Metrics]
) -> None:
    def full(_subject: str) -> None:
        raise AwsProblem("no", code="SlowDown")

    platform.aws.faults["put_object"] = full

    answered = run()

    assert (answered["verdict"], answered["report"]) == ("passed", "")
    assert metrics()["RunFailed"] == 0


@pytest.mark.parametrize(("values", "expected"), [([7], 7), ([1, 2], 2), (list(range(1, 101)), 95), ([3, 1, 2], 3)])
def test_percentile_is_the_nearest_rank(values: list[int], expected: int) -> None:
    assert percentile(values, 95) == expected
