"""The record's end: outcome, phases and changed resources, from CloudFormation's events (M25)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from lambda_src.journal import EntryKind, JournalEntry, Outcome
from lambda_src.journal.attempts import about, stamp
from lambda_src.journal.closing import Clients, Where, close, ending
from lambda_src.journal.stack_operation import StackOperation, operations
from tests.support.journal import MemoryTable
from tests.support.stack_events import ALIAS, BEGAN, FUNCTION, GATE, RECORD, events, put_back, released

WHERE = Where(environment="demo", stack="Release", table="demo-journal", contents_parameter="/contents")
CONTENTS = {"release_id": "4f2a9c01", "git_commit": "7cb6", "git_author": "A", "asset_hashes": {"site": "1"}}


class Aws(MemoryTable):
    """CloudFormation and SSM beside the table."""

    def __init__(self, told: list[dict[str, Any]]) -> None:
        super().__init__()
        self.told = told

    def get_paginator(self, operation: str) -> Any:
        return self if operation == "query" else _Pages(self.told)

    def get_parameter(self, *, Name: str) -> Any:
        assert Name == "/contents"
        return {"Parameter": {"Value": json.dumps(CONTENTS)}}

    def close(self) -> list[str]:
        return close(WHERE, Clients(cloudformation=self, dynamodb=self, ssm=self))

    def started(self, *, at: float = 0, attempt: str = "one") -> None:
        body = about(CONTENTS, release_id="4f2a9c01", environment="demo")
        moment = stamp(BEGAN + timedelta(seconds=at))
        self.journal.append(JournalEntry(attempt=attempt, kind=EntryKind.STARTED, at=moment, body=body))


class _Pages:
    def __init__(self, told: list[dict[str, Any]]) -> None:
        self.told = told

    def paginate(self, *, StackName: str) -> Any:
        assert StackName == "Release"
        return ({"StackEvents": [event]} for event in self.told)


def operation(told: list[dict[str, Any]]) -> StackOperation:
    return next(operations(told))


def named(name: str) -> str:
    logical, kind = name.split(" ")
    return f"{logical} ({kind})"


def test_a_release_that_went_well() -> None:
    body = ending(operation(released()))
    assert (body["outcome"], body["status"], body["duration_s"]) == ("released", "UPDATE_COMPLETE", 60)
    assert body["changed"] == sorted(map(named, (RECORD, FUNCTION, ALIAS, GATE)))
    assert "error" not in body
    assert [(phase["name"], phase["seconds"], phase["state"], phase["completed"]) for phase in body["phases"]] == [
        ("deployment", 20, "done", 3),
        ("validation", 30, "done", 1),
        ("complete", 10, "done", 0),
    ]


def test_a_release_that_its_gate_stopped() -> None:
    body = ending(operation(put_back()))
    assert (body["outcome"], body["duration_s"]) == ("rolled-back", 90)
    assert body["error"] == {
        "code": "gate-failed",
        "step": named(GATE),
        "message": "Release gate: failed; password=[redacted]",
    }
    assert [(phase["name"], phase["seconds"], phase["state"]) for phase in body["phases"]] == [
        ("deployment", 20, "failed"),
        ("validation", 30, "failed"),
        ("rollback", 40, "done"),
    ]
    assert body["phases"][1]["failed"] == [named(GATE)]


@pytest.mark.parametrize(
    ("reason", "code"), [("demo is held: why", "on-hold"), ("ResourceNotFoundException", "deployment-failed")]
)
def test_a_release_that_was_not_begun(reason: str, code: str) -> None:
    told = events(
        (0, "", "UPDATE_IN_PROGRESS"),
        (1, RECORD, "UPDATE_IN_PROGRESS"),
        (2, RECORD, "UPDATE_FAILED", reason),
        (3, "", "UPDATE_ROLLBACK_IN_PROGRESS"),
        (5, "", "UPDATE_ROLLBACK_COMPLETE"),
    )
    body = ending(operation(told))
    assert body["error"]["code"] == code
    assert [phase["name"] for phase in body["phases"]] == ["deployment", "rollback"]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("CREATE_COMPLETE", Outcome.RELEASED),
        ("ROLLBACK_COMPLETE", Outcome.ROLLED_BACK),
        ("UPDATE_ROLLBACK_FAILED", Outcome.FAILED),
        ("ROLLBACK_FAILED", Outcome.FAILED),
        ("CREATE_FAILED", Outcome.FAILED),
    ],
)
def test_the_outcome_follows_from_the_stacks_status(status: str, outcome: Outcome) -> None:
    assert operation(events((0, "", "CREATE_IN_PROGRESS"), (9, "", status))).outcome is outcome


def test_only_the_last_operation_is_told() -> None:
    later = BEGAN + timedelta(hours=1)
    told = [*released(began=later), *put_back()]
    assert (operation(told).began, operation(told).outcome) == (later, Outcome.RELEASED)


def test_an_operation_under_way_is_no_end() -> None:
    assert list(operations(released()[1:])) == []
    assert list(operations([])) == []
    later = BEGAN + timedelta(hours=1)
    assert [found.outcome for found in operations([*released(began=later)[1:], *put_back()])] == ["rolled-back"]


def test_the_record_is_ended_once() -> None:
    aws = Aws(released())
    aws.started()
    assert aws.close() == ["one"]
    assert aws.close() == []
    (record,) = aws.journal.records()
    assert (record.outcome, record.finished, record.duration_s) == ("released", "2026-01-31T12:01:00.000+00:00", 60)
    assert [phase["name"] for phase in record.phases] == ["deployment", "validation", "complete"]


def test_a_change_that_released_nothing_new_has_its_record_too() -> None:
    """An alarm, say: the release id is the same, so neither the first resource nor the gate was called."""
    aws = Aws(released())
    assert aws.close() == ["20260131T120000000Z-4f2a9c01"]
    (record,) = aws.journal.records()
    assert (record.release_id, record.commit, record.outcome) == ("4f2a9c01", "7cb6", "released")


def test_what_was_put_back_before_it_was_written_down_is_of_no_known_release() -> None:
    aws = Aws(put_back())
    aws.close()
    (record,) = aws.journal.records()
    assert (record.release_id, record.outcome) == ("unknown", "rolled-back")


def test_a_verdict_without_a_start_keeps_its_attempt() -> None:
    aws = Aws(released())
    aws.journal.append(JournalEntry(attempt="judged", kind=EntryKind.JUDGED, at=stamp(BEGAN + timedelta(seconds=49))))
    assert aws.close() == ["judged"]


def test_an_earlier_attempt_is_left_as_it_is() -> None:
    aws = Aws(released())
    aws.started(at=-3600, attempt="earlier")
    aws.started()
    assert aws.close() == ["one"]
    assert [record.outcome for record in aws.journal.records()] == ["released", "running"]


def test_what_ended_while_the_recorder_could_not_is_ended_too() -> None:
    later = BEGAN + timedelta(hours=1)
    aws = Aws([*released(began=later), *put_back()])
    aws.started(attempt="first")
    aws.started(at=3600, attempt="second")
    assert aws.close() == ["second", "first"]
    assert aws.close() == []
    assert [record.outcome for record in aws.journal.records()] == ["released", "rolled-back"]


def test_operations_from_before_there_was_a_journal_have_no_record() -> None:
    later = BEGAN + timedelta(hours=1)
    aws = Aws([*released(began=later), *put_back()])
    assert aws.close() == ["20260131T130000000Z-4f2a9c01"]
    assert len(aws.journal.records()) == 1
