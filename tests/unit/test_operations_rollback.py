"""The steps of the alarm's rollback: the same target as the command's, with AWS's answers in memory."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambda_src.journal import EntryKind, Journal, JournalEntry, ReleaseState
from lambda_src.operations import entries, lease, releases, rollback
from lambda_src.operations.aliases import AliasMoved

TABLE, BUCKET = "journal", "site"
FIND = {
    "step": "find",
    "stack": "Release",
    "journal": TABLE,
    "bucket": BUCKET,
    "execution": "run-1",
    "reason": "an alarm",
    "alarm": "",
    "waited": False,
}


class Missing(Exception):
    """ResourceNotFoundException."""


class Refused(Exception):
    """ConditionalCheckFailedException."""


class Cloud:
    """CloudFormation, DynamoDB, Lambda, CloudWatch, S3 and CloudFront, as far as the rollback asks them."""

    class exceptions:
        ResourceNotFoundException = Missing
        ConditionalCheckFailedException = Refused

    def __init__(self) -> None:
        self.status = "UPDATE_COMPLETE"
        self.items: dict[tuple[str, str], dict[str, Any]] = {}
        # function -> the version that is served, and those that are there
        self.served = {"a": "2", "b": "1"}
        self.versions = {"a": ["1", "2"], "b": ["1"]}
        self.weights: dict[str, dict[str, float]] = {}
        self.updates: list[dict[str, Any]] = []
        self.alarms: dict[str, str] = {}
        self.objects: dict[str, Any] = {}
        self.copied: list[str] = []

    def describe_stacks(self, **_: Any) -> Any:
        return {"Stacks": [{"StackStatus": self.status}]}

    def describe_alarms(self, **parameters: Any) -> Any:
        assert parameters["AlarmTypes"] == ["CompositeAlarm", "MetricAlarm"]
        found = [{"StateValue": self.alarms[name]} for name in parameters["AlarmNames"] if name in self.alarms]
        return {"CompositeAlarms": found}

    def put_item(self, *, Item: Any, ConditionExpression: str, **_: Any) -> None:
        key = (Item["stream"]["S"], Item["id"]["S"])
        if key in self.items and self.items[key].get("owner") != Item.get("owner", 0):
            raise Refused(ConditionExpression)
        self.items[key] = Item

    def get_item(self, *, Key: Any, **_: Any) -> Any:
        return {"Item": self.items.get((Key["stream"]["S"], Key["id"]["S"]))}

    def delete_item(self, *, Key: Any, **_: Any) -> None:
        self.items.pop((Key["stream"]["S"], Key["id"]["S"]), None)

    def get_alias(self, **parameters: Any) -> Any:
        function = parameters["FunctionName"]
        if function not in self.served:
            raise Missing(function)
        routing = {"RoutingConfig": {"AdditionalVersionWeights": self.weights.get(function, {})}}
        return {"FunctionVersion": self.served[function], "RevisionId": f"of {self.served[function]}", **routing}

    def update_alias(self, **parameters: Any) -> Any:
        self.updates.append(parameters)
        self.served[parameters["FunctionName"]] = parameters["FunctionVersion"]
        self.weights.pop(parameters["FunctionName"], None)
        return {"FunctionVersion": parameters["FunctionVersion"], "RoutingConfig": parameters["RoutingConfig"]}

    def get_paginator(self, operation: str) -> Any:
        def paginate(**parameters: Any) -> Any:
            if operation == "query":
                found = [item for key, item in sorted(self.items.items()) if key[0] == "journal"]
                return [{"Items": found[::-1]}]
            if operation == "list_object_versions":
                old = {"Key": "index.html", "VersionId": "v1", "ETag": "1", "IsLatest": bool(self.copied)}
                return [{"Versions": [old, {**old, "VersionId": "v2", "ETag": "2", "IsLatest": not self.copied}]}]
            return [{"Versions": [{"Version": number}]} for number in self.versions[parameters["FunctionName"]]]

        return type("Pages", (), {"paginate": staticmethod(paginate)})

    def get_object(self, **_: Any) -> Any:
        body = type("Body", (), {"read": staticmethod(lambda: b"<script>old()</script>")})
        return {"Body": body}

    def copy_object(self, *, Key: str, CopySource: str, **_: Any) -> None:
        self.copied.append(f"{Key} from {CopySource}")

    def get_distribution_config(self, **_: Any) -> Any:
        return {"DistributionConfig": {"DefaultCacheBehavior": {}}}

    def create_invalidation(self, **_: Any) -> Any:
        raise RuntimeError("too many invalidations")

    def put_object(self, **parameters: Any) -> None:
        self.objects[parameters["Key"]] = json.loads(parameters["Body"])

    def chronicle(self) -> releases.Chronicle:
        return releases.chronicle(entries.recent(self, TABLE))


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """Two releases that passed: the newer changed function `a` and a page."""
    cloud = Cloud()
    monkeypatch.setattr(rollback, "_client", lambda _service: cloud)
    release(cloud, "one", day=1, functions={"a": 1, "b": 1}, site={"index.html": "v1"})
    release(cloud, "two", day=2, functions={"a": 2, "b": 1}, site={"index.html": "v2"})
    return cloud


def release(cloud: Cloud, attempt: str, *, day: int, functions: dict[str, int], site: dict[str, str]) -> None:
    """As the release itself writes it: through the journal's own models."""
    state = ReleaseState(functions=functions, site=site).model_dump()
    for kind, body in (
        (EntryKind.STARTED, {"release_id": f"id-{attempt}", "environment": "test"}),
        (EntryKind.JUDGED, {"verdict": "passed", "state": state}),
    ):
        entry = JournalEntry(attempt=attempt, kind=kind, at=f"2026-01-{day:02}T12:00:00.000+00:00", body=body)
        Journal(cloud, table=TABLE).append(entry)


def through(cloud: Cloud) -> dict[str, Any]:
    """All steps, as the state machine takes them."""
    found = rollback.on_step(FIND, None)
    common = {"journal": TABLE, "operation": found["operation"]}
    for move in found["moves"]:
        rollback.on_step({**common, "step": "move", "move": move}, None)
    if found["files"]:
        rollback.on_step({**common, "step": "restore", "bucket": BUCKET, "distribution": "E1"}, None)
    record(found, "rolled back" if found["moves"] else "nothing eligible")
    return found


def record(found: dict[str, Any], outcome: str) -> dict[str, Any]:
    document = {"started": "2026-01-31T12:00:00.000Z", "execution": "run-1", "outcome": outcome}
    event = {"journal": TABLE, "operation": found["operation"], "reports": "b", "prefix": "rollbacks/"}
    return rollback.on_step({**event, "step": "record", "record": document}, None)


def test_it_goes_where_the_command_would(cloud: Cloud) -> None:
    """M36: the last release that passed; what it leaves as it is, is not touched."""
    expected = cloud.chronicle().candidates()[0]

    found = through(cloud)

    assert found["status"] == rollback.ELIGIBLE
    assert found["moves"] == [{"function": "a", "from_version": 2, "to_version": 1}]
    assert cloud.served == {"a": "1", "b": "1"}
    assert cloud.copied == ["index.html from site/index.html?versionId=v1"]
    assert set(cloud.chronicle().serving.values()) == {expected.attempt} == {"one"}


def test_the_journal_knows_intent_steps_end_and_the_release_that_was_left(cloud: Cloud) -> None:
    through(cloud)

    (operation,) = cloud.chronicle().operations
    assert (operation.id, operation.by, operation.outcome) == ("rollback-run-1", "rollback alarm", "rolled back")
    assert [step["step"] for step in operation.steps] == ["alias a", "site"]
    # F20: reported, and no reason to stop.
    assert "too many invalidations" in operation.steps[1]["problem"]
    # And the journal's own models read it.
    left = {found.attempt: found.outcome.value for found in Journal(cloud, table=TABLE).records()}
    assert left == {"two": "rolled-back", "one": "running"}
    assert lease.holder(cloud, TABLE) is None


def test_a_second_alarm_does_not_go_back_further(cloud: Cloud) -> None:
    through(cloud)

    found = rollback.on_step({**FIND, "execution": "run-2"}, None)

    assert (found["status"], found["moves"]) == (rollback.NOTHING, [])
    assert "rollback-run-1 by rollback alarm has put the release back already" in found["reason"]
    assert lease.holder(cloud, TABLE) is None


def test_a_first_release_has_nothing_before_it(cloud: Cloud) -> None:
    """F30."""
    cloud.items = {key: item for key, item in cloud.items.items() if "#two#" not in key[1]}

    found = rollback.on_step(FIND, None)

    assert (found["status"], found["reason"]) == (rollback.NOTHING, "no release before this one passed its gate")
    assert cloud.chronicle().operations == ()


def test_a_deleted_version_moves_nothing(cloud: Cloud) -> None:
    """F30."""
    cloud.versions["a"] = ["2"]

    found = rollback.on_step(FIND, None)

    assert (found["status"], found["reason"]) == (rollback.NOTHING, "one served versions that are deleted: a:1")


def test_what_a_person_left_half_done_is_finished(cloud: Cloud) -> None:
    chronicle = cloud.chronicle()
    intent = releases.intent_of("backend", chronicle.releases[1], left={"functions": "two"}, moves=(), restores=())
    body = {"operation": "rollback", "event": "intent", **intent}
    entries.append(cloud, TABLE, entries.Entry(attempt="op", kind="operation", at="2026-01-03", by="Ada", body=body))

    found = rollback.on_step(FIND, None)

    assert (found["status"], found["operation"]) == (rollback.ELIGIBLE, "op")
    assert found["reason"] == "op by Ada is finished"


def test_somebody_who_is_at_it_is_waited_for(cloud: Cloud) -> None:
    """F29."""
    mine = rollback._lease("somebody else")
    lease.take(cloud, TABLE, mine)

    found = rollback.on_step(FIND, None)

    assert (found["status"], found["reason"]) == (rollback.BUSY, "rollback by rollback alarm is under way")


@pytest.mark.parametrize(
    "status", ["UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"]
)
def test_a_deployment_under_way_is_waited_for(cloud: Cloud, status: str) -> None:
    cloud.status = status

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


def move(version: int = 1) -> dict[str, Any]:
    target = {"function": "a", "from_version": 2, "to_version": version}
    return {"step": "move", "journal": TABLE, "operation": "op", "move": target}


def test_a_move_is_guarded_and_takes_all_traffic(cloud: Cloud) -> None:
    rollback.on_step(move(), None)

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
    first, second = rollback.on_step(move(), None), rollback.on_step(move(), None)

    assert first == second
    assert len(cloud.updates) == 1


def test_a_shift_of_traffic_is_ended(cloud: Cloud) -> None:
    """F32: the alias names the old version already, and still sends a share to the new one."""
    cloud.served["a"], cloud.weights["a"] = "1", {"2": 0.1}

    rollback.on_step(move(), None)

    assert cloud.updates[0]["RoutingConfig"] == {"AdditionalVersionWeights": {}}


def test_an_alias_that_somebody_else_moved_is_left_alone(cloud: Cloud) -> None:
    cloud.served["a"] = "3"

    with pytest.raises(AliasMoved, match="serves version 3 by now, not 2"):
        rollback.on_step(move(), None)
    assert cloud.updates == []


def test_what_could_not_all_be_put_back_is_partial_and_unfinished(cloud: Cloud) -> None:
    """F31."""
    found = rollback.on_step(FIND, None)

    record(found, "partial")

    assert cloud.chronicle().unfinished is not None
    assert set(cloud.chronicle().serving.values()) == {"two"}
    assert lease.holder(cloud, TABLE) is None


def test_a_record_is_stored_under_its_time_and_as_the_latest(cloud: Cloud) -> None:
    answer = record({"operation": ""}, "recovered")

    assert answer == {"key": "rollbacks/2026-01-31T12-00-00.000Z-run-1.json"}
    assert cloud.objects.keys() == {answer["key"], "rollbacks/latest.json"}
    assert cloud.objects["rollbacks/latest.json"]["outcome"] == "recovered"


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
