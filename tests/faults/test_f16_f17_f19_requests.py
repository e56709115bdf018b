"""F16: Delete when nothing is left to reach, or while Create runs. F17: one request twice. F19: a malformed plan."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import pytest

from tests.faults.support.cloudformation import BUCKET, CREATE_FAILED, CloudFormation, LambdaContext, properties
from tests.faults.support.fake_aws import FakeAws, refused
from tests.faults.support.platform import FakePlatform
from tests.faults.support.server import answer, hang


@pytest.mark.parametrize("old", [{}, {"Plan": "garbage"}, {"SchemaVersion": "1", "Environment": "local"}])
def test_f16_delete_succeeds_without_network(cloudformation: CloudFormation, aws: FakeAws, old: dict[str, Any]) -> None:
    cloudformation.physical_id = "gate-local"
    everything = ("secret", "stack_status", "delete_row", "put_object", "get_object")
    aws.faults = dict.fromkeys(everything, refused("the table is gone"))
    cloudformation.timeout_s = 1

    outcome = cloudformation.deliver("Delete", old)

    assert outcome.status == "SUCCESS"
    assert outcome.physical_id == "gate-local"
    assert outcome.took_s < 0.1
    assert aws.calls.total() == 0


def test_f16_delete_while_create_runs_succeeds_at_once(
    cloudformation: CloudFormation, platform: FakePlatform, aws: FakeAws
) -> None:
    platform.server.on("GET", "/health", hang)
    slow = CloudFormation(cloudformation.on_event, timeout_s=21.5)
    wanted = properties(platform.plan().to_json())
    create = threading.Thread(target=slow.deliver, args=("Create", wanted))
    create.start()
    while platform.server.asked("GET", "/health") == 0:
        time.sleep(0.005)

    cloudformation.physical_id = "gate-local"
    outcome = cloudformation.deliver("Delete", wanted)
    still_running = create.is_alive()
    create.join()

    assert outcome.status == "SUCCESS"
    assert still_running, "Delete did not wait for Create"
    assert slow.answers[0].status == "FAILED"
    assert aws.left == []


def test_f16_the_delete_that_follows_a_failed_create_is_the_providers(
    cloudformation: CloudFormation, platform: FakePlatform
) -> None:
    platform.server.on("GET", "/health", answer(500))
    wanted = properties(platform.plan().to_json())

    failed = cloudformation.deliver("Create", wanted)
    deleted = cloudformation.deliver("Delete", wanted)

    assert (failed.physical_id, deleted.status) == (CREATE_FAILED, "SUCCESS")


@pytest.mark.parametrize("healthy", [True, False])
def test_f17_the_same_request_twice_has_the_same_answer_and_runs_once(
    cloudformation: CloudFormation, platform: FakePlatform, aws: FakeAws, healthy: bool
) -> None:
    if not healthy:
        platform.server.on("GET", "/health", answer(500))
    wanted = properties(platform.plan().to_json())

    first = cloudformation.deliver("Update", wanted, request_id="r-1", PhysicalResourceId="gate-local")
    asked = len(platform.server.received)
    second = cloudformation.deliver("Update", wanted, request_id="r-1", PhysicalResourceId="gate-local")
    third = cloudformation.deliver("Update", wanted, request_id="r-2", PhysicalResourceId="gate-local")

    assert first.status == ("SUCCESS" if healthy else "FAILED")
    assert (second.status, second.reason, second.data) == (first.status, first.reason, first.data)
    assert third.status == first.status
    assert len(platform.server.received) == 2 * asked, "the repeated request asked nothing"
    assert aws.left == []


def test_f17_without_the_first_report_the_repeated_request_runs_again_and_cleans_up(
    cloudformation: CloudFormation, platform: FakePlatform, aws: FakeAws
) -> None:
    aws.faults["put_object"] = refused()
    wanted = properties(platform.plan().to_json())

    answers = [cloudformation.deliver("Create", wanted, request_id="r-1") for _ in range(2)]

    assert [outcome.status for outcome in answers] == ["SUCCESS", "SUCCESS"]
    assert aws.left == []


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ("{not json", "plan refused"),
        ("", "plan refused"),
        ('{"schema_version": "2"}', "plan refused"),
        ('{"environment": "local", "targets": {"api_url": "http://api.example.com"}, "checks": []}', "plain http"),
    ],
)
def test_f19_a_malformed_plan_stops_the_release_with_one_clear_line(
    cloudformation: CloudFormation, broken: str, told: str
) -> None:
    outcome = cloudformation.deliver("Create", properties(broken))

    assert outcome.status == "FAILED"
    line = outcome.reason.splitlines()[0]
    assert told in line
    assert "Log: /acinaces/local/gate" in line


def test_f19_properties_of_an_unknown_schema_stop_a_release(
    cloudformation: CloudFormation, platform: FakePlatform
) -> None:
    outcome = cloudformation.deliver("Update", properties(platform.plan().to_json(), SchemaVersion="2"))

    assert outcome.status == "FAILED"
    assert "properties of schema '2'; this gate knows '1'" in outcome.reason


def test_the_physical_id_never_changes(cloudformation: CloudFormation, platform: FakePlatform) -> None:
    created = cloudformation.deliver("Create", properties(platform.plan().to_json(), release_id="one"))
    updated = cloudformation.deliver("Update", properties(platform.plan().to_json(), release_id="two"))

    assert created.physical_id == updated.physical_id == "gate-local"


def test_a_force_property_changes_nothing_but_that_it_runs(
    cloudformation: CloudFormation, platform: FakePlatform
) -> None:
    assert cloudformation.deliver("Create", properties(platform.plan().to_json(), Force="again")).status == "SUCCESS"


def test_the_answer_carries_what_the_stack_shows(
    cloudformation: CloudFormation, platform: FakePlatform, aws: FakeAws
) -> None:
    outcome = cloudformation.deliver("Create", properties(platform.plan().to_json()), request_id="r-1")

    assert outcome.data["Verdict"] == "passed"
    assert outcome.data["ReportKey"] == "releases/a1b2c3d4/r-1.json"
    assert int(outcome.data["Passed"]) == len(platform.plan().select(stage="gate").checks)
    assert int(outcome.data["DurationMs"]) > 0
    stored = json.loads(aws.objects[f"{BUCKET}/{outcome.data['ReportKey']}"])
    assert stored["schema_version"] == "1"
    assert LambdaContext().log_group_name not in outcome.data["Summary"]
