"""The mends' own decisions, without the emulator."""

from __future__ import annotations

import copy
import subprocess
from dataclasses import dataclass
from typing import Any

import pytest

from local.emulation import (
    event_log_target,
    existing_zones,
    failure_logs,
    generated_secrets,
    idle_workers,
    metric_math,
    stack_outputs,
    unchanged_events,
)
from local.emulation.recorded_types import RecordedAttributes, RecordingHandlers, physical_id
from local.state import ROOT
from local.tools import find_tools


@pytest.mark.parametrize(
    ("resource_type", "recorded"),
    [
        ("AWS::EC2::NatGateway", True),
        ("AWS::CodeDeploy::DeploymentGroup", True),
        # These change what a stack means; the emulator has its own word on them.
        ("AWS::CloudFormation::Macro", False),
        ("Custom::Gate", False),
        ("Alexa::ASK::Skill", False),
    ],
)
def test_which_types_are_recorded(resource_type: str, recorded: bool) -> None:
    table = RecordingHandlers({"AWS::S3::Bucket": {}})

    assert (resource_type in table) is recorded
    assert (table.get(resource_type) is not None) is recorded
    assert not table.knows(resource_type)


def test_known_types_keep_their_handler() -> None:
    handler: dict[str, Any] = {"create": len}
    table = RecordingHandlers({"AWS::S3::Bucket": handler})

    assert table["AWS::S3::Bucket"] is handler
    assert table.get("AWS::S3::Bucket") is handler
    assert table.knows("AWS::S3::Bucket")


def test_a_recorded_resource_is_the_same_after_an_update() -> None:
    handler = RecordingHandlers()["AWS::EC2::NatGateway"]

    created, _ = handler["create"]("Nat", {"SubnetId": "a"}, "Network")
    updated, _ = handler["update"](created, {"SubnetId": "a"}, {"SubnetId": "b"}, "Network")

    assert created.startswith("nat-")
    assert updated == created
    assert handler["create"]("Nat", {}, "Network")[0] == created
    assert handler["create"]("Nat", {}, "Other")[0] != created
    assert handler["delete"](created, {}) is None


def test_recorded_attributes_answer_every_name_also_as_a_copy() -> None:
    name = physical_id(resource_type="AWS::Timestream::Table", stack_name="Data", logical_id="Ticks")
    attributes = copy.deepcopy(RecordedAttributes(resource_type="AWS::Timestream::Table", physical_id=name))

    assert "Arn" in attributes
    assert attributes["Arn"] == f"arn:aws:timestream:::recorded/{name}"
    assert attributes.get("Name") == name
    assert attributes["PublicIp"] == "192.0.2.1"


def test_metric_math_becomes_a_metric_that_nobody_publishes() -> None:
    plain = {"MetricName": "Errors", "Namespace": "AWS/Lambda", "Threshold": 1}

    assert metric_math.stand_in(plain) == plain
    assert metric_math.stand_in({"Metrics": [{"Id": "e"}], "Threshold": 1}) == {
        "Namespace": "Recorded",
        "MetricName": "MetricMath",
        "Threshold": 1,
    }


@pytest.mark.parametrize(
    ("arn", "group"),
    [
        ("arn:aws:logs:eu-central-1:000000000000:log-group:/aws/events/local", "/aws/events/local"),
        ("arn:aws:logs:eu-central-1:000000000000:log-group:/aws/events/local:*", "/aws/events/local"),
        ("arn:aws:lambda:eu-central-1:000000000000:function:f", None),
        ("", None),
    ],
)
def test_log_groups_among_targets(arn: str, group: str | None) -> None:
    assert event_log_target.log_group(arn) == group


def test_a_zone_is_named_after_the_record() -> None:
    assert existing_zones.zone_name("api.dev.acinaces.com.") == "acinaces.com."
    assert existing_zones.zone_name("acinaces.com") == "acinaces.com."


@pytest.mark.parametrize(
    ("value", "region"),
    [
        ({"Fn::GetStackOutput": {"StackName": "a", "OutputName": "b", "Region": "us-east-1"}}, "us-east-1"),
        ({"Fn::GetStackOutput": {"StackName": "a", "OutputName": "b"}}, None),
        ({"Fn::GetStackOutput": "a"}, None),
        ({"Ref": "a"}, None),
        ("text", None),
    ],
)
def test_the_region_of_a_stack_output(value: object, region: str | None) -> None:
    assert stack_outputs.named_region(value) == region


def test_a_declared_secret_is_left_as_it_is() -> None:
    assert generated_secrets.secret_string({"SecretString": "mine"}) == "mine"
    assert generated_secrets.secret_string({}) == ""


@pytest.mark.parametrize(
    ("result", "log"),
    [
        ({"body": {"ok": 1}, "log": ""}, ""),
        ({"body": {"errorMessage": "m"}, "error": True, "log": "said"}, "said"),
        (
            {"body": {"errorType": "RuntimeError", "errorMessage": "No module named 'x'"}, "error": True, "log": ""},
            "[ERROR] RuntimeError: No module named 'x'",
        ),
        ({"body": None, "error": True}, "[ERROR] Error: unknown"),
    ],
)
def test_a_silent_failure_gets_a_log_line(result: dict[str, Any], log: str) -> None:
    assert failure_logs.with_log(result).get("log", "") == log


@dataclass(eq=False)
class FakeWorker:
    """As much of the emulator's worker as the reaper looks at."""

    in_use: bool = False
    last_used: float = 0.0


def test_idle_workers_leave_their_pool_and_busy_ones_stay() -> None:
    now = 10_000.0
    idle, busy, recent = FakeWorker(), FakeWorker(in_use=True), FakeWorker(last_used=now - 1)
    workers = {"f:1": [idle], "f:2": [busy, FakeWorker()], "f:3": [recent]}

    taken = idle_workers.take_idle(workers, now=now)

    assert len(taken) == 2
    assert idle in taken
    assert workers == {"f:2": [busy], "f:3": [recent]}


def test_only_an_event_of_the_resource_itself_is_taken_back() -> None:
    def event(logical_id: str, status: str) -> dict[str, Any]:
        return {"LogicalResourceId": logical_id, "ResourceStatus": status}

    events = [event("A", "UPDATE_IN_PROGRESS"), event("B", "UPDATE_COMPLETE")]
    for logical_id in ("A", "B"):
        unchanged_events.take_back(events, logical_id=logical_id)
    assert len(events) == 2

    events.append(event("C", "UPDATE_IN_PROGRESS"))
    unchanged_events.take_back(events, logical_id="C")
    assert len(events) == 2


# Stands for the emulator's `Worker._spawn`, and says how the watched one ended.
SPAWNED = """
import threading
from types import SimpleNamespace
from ministack.core import lambda_runtime
from local.emulation import worker_init

class Process:
    def __init__(self):
        self.killed = threading.Event()
    def poll(self):
        return -9 if self.killed.is_set() else None
    def kill(self):
        self.killed.set()

def spawn(worker):
    {spawn}

lambda_runtime.Worker._spawn = spawn
worker_init.INIT_LIMIT_S = 0.05
worker_init.install()
try:
    lambda_runtime.Worker._spawn(SimpleNamespace(config={{"Timeout": {timeout_s}}}, _proc=None))
except RuntimeError as error:
    print(error)
"""


def spawned(spawn: str, *, timeout_s: float) -> str:
    """Runs in the emulator's interpreter, which has the real class."""
    program = SPAWNED.format(spawn=spawn, timeout_s=timeout_s)
    command = [str(find_tools().emulator), "-c", program]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def test_an_import_that_hangs_is_ended() -> None:
    hangs = "worker._proc = Process(); assert worker._proc.killed.wait(timeout=5); raise RuntimeError('exited')"

    assert spawned(hangs, timeout_s=0.1) == "Init phase timed out after 0.15 seconds"


def test_a_failing_import_keeps_its_own_words() -> None:
    failed = "Worker init failed: No module named 'x'"

    assert spawned(f"raise RuntimeError({failed!r})", timeout_s=3) == failed
