"""The first resource of a release: writes the attempt down, refuses it under a hold, leaves rollbacks alone (F33)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from lambda_src.journal import opening
from lambda_src.journal.attempts import attempt_id
from tests.support.journal import MemoryTable, client_error

BEGAN = datetime(2026, 1, 31, 12, 0, 5, 250_000, tzinfo=UTC)
ATTEMPT = "20260131T120005250Z-4f2a9c01"
PROPERTIES = {
    "Environment": "demo",
    "ReleaseId": "4f2a9c0123456789",
    "Journal": "demo-journal",
    "HoldParameter": "/acinaces/demo/hold",
    "ContentsParameter": "/acinaces/demo/manifest/contents",
}
CONTENTS = {
    "release_id": "4f2a9c0123456789",
    "git_commit": "7cb6",
    "git_author": "A",
    "git_committed": "2026-01-30T12:00:00+00:00",
    "asset_hashes": {"site": "1"},
}


class Aws(MemoryTable):
    """CloudFormation and SSM beside the table; each of boto3's clients is this one."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: dict[str, Any] = {"StackStatus": "UPDATE_IN_PROGRESS", "LastUpdatedTime": BEGAN}
        self.parameters = {PROPERTIES["ContentsParameter"]: json.dumps(CONTENTS)}

    def describe_stacks(self, *, StackName: str) -> Any:
        assert StackName == "arn:stack"
        return {"Stacks": [self.stack]}

    def get_parameter(self, *, Name: str) -> Any:
        if Name not in self.parameters:
            raise self.exceptions.ParameterNotFound
        return {"Parameter": {"Value": self.parameters[Name]}}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    aws = Aws()
    monkeypatch.setattr(opening, "_client", lambda _service: aws)
    return aws


def deliver(kind: str = "Update", **properties: str) -> dict[str, Any]:
    event = {"RequestType": kind, "StackId": "arn:stack", "ResourceProperties": {**PROPERTIES, **properties}}
    if kind != "Create":
        event["PhysicalResourceId"] = "release-record-demo"
    return opening.on_event(event, None)


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_the_attempt_is_written_down(aws: Aws, kind: str) -> None:
    assert deliver(kind) == {"PhysicalResourceId": "release-record-demo", "Data": {"Attempt": ATTEMPT}}
    (record,) = aws.journal.records()
    assert record.attempt == ATTEMPT == attempt_id(began=BEGAN, release_id="4f2a9c0123456789")
    assert record.model_dump(include={"release_id", "environment", "commit", "author", "assets", "outcome"}) == {
        "release_id": "4f2a9c0123456789",
        "environment": "demo",
        "commit": "7cb6",
        "author": "A",
        "assets": {"site": "1"},
        "outcome": "running",
    }
    assert record.started == "2026-01-31T12:00:05.250+00:00"


def test_the_same_event_twice_is_one_record(aws: Aws) -> None:
    deliver()
    aws.parameters[PROPERTIES["ContentsParameter"]] = "{}"
    assert deliver()["Data"] == {"Attempt": ATTEMPT}
    assert len(aws.items) == 1


def test_a_hold_refuses_and_is_in_the_record(aws: Aws) -> None:
    aws.parameters["/acinaces/demo/hold"] = json.dumps({"reason": "rolled back", "at": "2026-01-31", "by": "B"})
    with pytest.raises(
        opening.ReleaseHeld, match=r"demo is held: rolled back \(since 2026-01-31, by B\).*--clear-hold"
    ):
        deliver()
    (record,) = aws.journal.records()
    assert record.summary == "refused: rolled back (since 2026-01-31, by B)"


@pytest.mark.parametrize("value", ["{", "[]", '{"at": "x"}', "no JSON"])
def test_a_hold_of_any_form_holds(aws: Aws, value: str) -> None:
    aws.parameters["/acinaces/demo/hold"] = value
    with pytest.raises(opening.ReleaseHeld):
        deliver()


def test_what_the_parameter_says_of_another_release_is_not_taken(aws: Aws) -> None:
    deliver(ReleaseId="another0")
    (record,) = aws.journal.records()
    assert record.commit == "unknown"


@pytest.mark.parametrize("status", ["UPDATE_ROLLBACK_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"])
def test_a_rollback_is_never_refused_nor_a_release(aws: Aws, status: str) -> None:
    aws.stack["StackStatus"] = status
    aws.parameters["/acinaces/demo/hold"] = json.dumps({"reason": "rolled back"})
    assert deliver()["Data"] == {"Attempt": "observed"}
    assert not aws.items


def test_delete_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "_client", lambda service: pytest.fail(f"{service} was asked"))
    assert deliver("Delete") == {"PhysicalResourceId": "release-record-demo"}


def test_without_an_answer_about_the_stack_a_rollback_is_not_disturbed(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(**_: Any) -> None:
        raise client_error("Throttling")

    monkeypatch.setattr(aws, "describe_stacks", refused)
    assert deliver()["Data"] == {"Attempt": "unknown"}


def test_a_permission_that_is_not_effective_yet_is_waited_for(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([client_error("AccessDeniedException"), None])
    put = aws.put_item

    def at_first_refused(**parameters: Any) -> Any:
        problem = next(answers, None)
        if problem:
            raise problem
        return put(**parameters)

    monkeypatch.setattr(aws, "put_item", at_first_refused)
    monkeypatch.setattr(opening, "_PAUSE_S", 0)
    deliver()
    assert len(aws.items) == 1


def test_what_cannot_be_written_down_is_not_released(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(**_: Any) -> None:
        raise client_error("ResourceNotFoundException")

    monkeypatch.setattr(aws, "put_item", down)
    with pytest.raises(Exception, match="ResourceNotFoundException"):
        deliver()
