"""The steps of the rollback, with AWS's answers in memory."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambda_src.operations import rollback

RELEASED = datetime(2026, 1, 31, 12, tzinfo=UTC)
FIND = {"step": "find", "stack": "Release", "functions": ["a", "b"], "alias": "live", "alarm": "", "waited": False}
MOVE = {"step": "move", "alias": "live", "move": {"function": "a", "from_version": 2, "to_version": 1}}


class Cloud:
    """CloudFormation, Lambda, CloudWatch and S3, as far as the rollback asks them."""

    def __init__(self) -> None:
        self.stack: dict[str, Any] = {
            "StackStatus": "UPDATE_COMPLETE",
            "CreationTime": RELEASED - timedelta(days=9),
            "LastUpdatedTime": RELEASED,
        }
        # function -> the version that is served, and when each version was made
        self.served = {"a": "2", "b": "1"}
        self.versions = {"a": {"1": -1, "2": +1}, "b": {"1": -1}}
        self.weights: dict[str, dict[str, float]] = {}
        self.updates: list[dict[str, Any]] = []
        self.alarms: dict[str, str] = {}
        self.objects: dict[str, Any] = {}

    def describe_stacks(self, **_: Any) -> Any:
        return {"Stacks": [self.stack]}

    def describe_alarms(self, **parameters: Any) -> Any:
        assert parameters["AlarmTypes"] == ["CompositeAlarm", "MetricAlarm"]
        found = [{"StateValue": self.alarms[name]} for name in parameters["AlarmNames"] if name in self.alarms]
        return {"CompositeAlarms": found}

    def get_alias(self, **parameters: Any) -> Any:
        function = parameters["FunctionName"]
        routing = {"RoutingConfig": {"AdditionalVersionWeights": self.weights.get(function, {})}}
        return {"FunctionVersion": self.served[function], "RevisionId": f"of {self.served[function]}", **routing}

    def update_alias(self, **parameters: Any) -> None:
        self.updates.append(parameters)
        self.served[parameters["FunctionName"]] = parameters["FunctionVersion"]

    def get_paginator(self, _operation: str) -> Cloud:
        return self

    def paginate(self, **parameters: Any) -> list[Any]:
        """A page per version."""
        return [
            {"Versions": [{"Version": number, "LastModified": moment(days)}]}
            for number, days in [("$LATEST", 1), *self.versions[parameters["FunctionName"]].items()]
        ]

    def put_object(self, **parameters: Any) -> None:
        self.objects[parameters["Key"]] = json.loads(parameters["Body"])


def moment(days: int) -> str:
    """As Lambda writes it."""
    return (RELEASED + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Cloud:
    cloud = Cloud()
    monkeypatch.setattr(rollback, "_client", lambda _service: cloud)
    return cloud


def test_what_the_last_release_changed_is_found(cloud: Cloud) -> None:
    found = rollback.on_step(FIND, None)

    assert found["status"] == rollback.ELIGIBLE
    assert found["moves"] == [{"function": "a", "from_version": 2, "to_version": 1}]
    assert [stay["function"] for stay in found["stays"]] == ["b"]


def test_nothing_is_eligible_after_a_first_release(cloud: Cloud) -> None:
    """F30."""
    del cloud.stack["LastUpdatedTime"]
    cloud.served["a"] = "1"

    found = rollback.on_step(FIND, None)

    assert (found["status"], found["moves"]) == (rollback.NOTHING, [])
    assert found["reason"] == "2 of 2: there is no version before this one"


@pytest.mark.parametrize(
    "status", ["UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"]
)
def test_a_deployment_under_way_is_waited_for(cloud: Cloud, status: str) -> None:
    cloud.stack["StackStatus"] = status

    found = rollback.on_step(FIND, None)

    assert (found["status"], found["moves"]) == (rollback.BUSY, [])


@pytest.mark.parametrize(
    ("alarm", "state", "expected"),
    [("it", "OK", rollback.RECOVERED), ("it", "ALARM", rollback.ELIGIBLE), ("", "OK", rollback.ELIGIBLE)],
)
def test_what_is_over_after_the_wait_moves_nothing(cloud: Cloud, alarm: str, state: str, expected: str) -> None:
    """A person's rollback does not ask an alarm."""
    cloud.alarms["it"] = state

    assert rollback.on_step({**FIND, "alarm": alarm, "waited": True}, None)["status"] == expected


def test_without_a_wait_the_alarm_is_not_asked(cloud: Cloud) -> None:
    cloud.alarms["it"] = "OK"

    assert rollback.on_step({**FIND, "alarm": "it"}, None)["status"] == rollback.ELIGIBLE


def test_a_move_is_guarded_and_takes_all_traffic(cloud: Cloud) -> None:
    rollback.on_step(MOVE, None)

    assert cloud.updates == [
        {
            "FunctionName": "a",
            "Name": "live",
            "FunctionVersion": "1",
            "RoutingConfig": {"AdditionalVersionWeights": {}},
            "RevisionId": "of 2",
        }
    ]


def test_moving_twice_moves_once(cloud: Cloud) -> None:
    first, second = rollback.on_step(MOVE, None), rollback.on_step(MOVE, None)

    assert first == second
    assert len(cloud.updates) == 1


def test_a_shift_of_traffic_is_ended(cloud: Cloud) -> None:
    """F32: the alias names the old version already, and still sends a share to the new one."""
    cloud.served["a"], cloud.weights["a"] = "1", {"2": 0.1}

    rollback.on_step(MOVE, None)

    assert cloud.updates[0]["RoutingConfig"] == {"AdditionalVersionWeights": {}}


def test_an_alias_that_somebody_else_moved_is_left_alone(cloud: Cloud) -> None:
    cloud.served["a"] = "3"

    with pytest.raises(rollback.AliasMoved, match="serves version 3 by now, not 2"):
        rollback.on_step(MOVE, None)
    assert cloud.updates == []


def test_a_record_is_stored_under_its_time_and_as_the_latest(cloud: Cloud) -> None:
    document = {"started": "2026-01-31T12:00:00.000Z", "execution": "name/../with:signs", "outcome": "rolled back"}

    answer = rollback.on_step({"step": "record", "bucket": "b", "prefix": "rollbacks/", "record": document}, None)

    assert answer == {"key": "rollbacks/2026-01-31T12-00-00.000Z-name-..-with-signs.json"}
    assert cloud.objects.keys() == {answer["key"], "rollbacks/latest.json"}
    assert cloud.objects["rollbacks/latest.json"]["outcome"] == "rolled back"


def test_it_needs_nothing_that_a_release_brings() -> None:
    """Its package holds its own files only, and imports the standard library and boto3: no layer can break it."""
    import ast
    import sys
    from pathlib import Path

    from lambda_build.packages import import_closure

    root = Path(rollback.__file__).parents[2]
    closure = import_closure([Path(rollback.__file__)], root)
    names = {
        (name.name if isinstance(node, ast.Import) else str(node.module)).split(".")[0]
        for path in closure
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    assert {path.parent.name for path in closure} == {"operations"}
    assert names - set(sys.stdlib_module_names) == {"boto3", "lambda_src"}
