"""Ending the record of an attempt: its outcome, phases and changed resources, from what CloudFormation says.

The recorder (`recorder.py`) does it when CloudFormation tells of a change; `acinaces deploy` does it where there is no
recorder yet, at the very first release. Doing it twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from lambda_src.journal.attempts import LOOK_BACK, about, attempt_id, stamp
from lambda_src.journal.opening import HELD
from lambda_src.journal.records import EntryKind, JournalEntry, Outcome
from lambda_src.journal.sections import read_section
from lambda_src.journal.stack_operation import GATE, RECORD, StackOperation, operations
from lambda_src.journal.store import Journal, JournalConflictError
from lambda_src.verification.redaction import Redactor

# CloudFormation's own times of one operation differ by this much at most.
_TOLERANCE: Final = timedelta(seconds=5)
_MOST_RESOURCES: Final = 500
# Ended while the recorder could not: it was failing, or had not been called.
_MOST_OPERATIONS: Final = 5
_OF_A_RELEASE: Final = (EntryKind.STARTED, EntryKind.JUDGED, EntryKind.FINISHED)
_LONGEST_REASON: Final = 1000


@dataclass(frozen=True, kw_only=True)
class Clients:
    """boto3's clients of these services."""

    cloudformation: Any
    dynamodb: Any
    ssm: Any


@dataclass(frozen=True, kw_only=True)
class Where:
    """The environment's names: its release stack, its journal, the parameter that says what is released."""

    environment: str
    stack: str
    table: str
    contents_parameter: str


def close(where: Where, clients: Clients) -> list[str]:
    """Ends the records of operations that have ended, back to the first one that is. Returns their attempts.

    Raises what boto3 raises; a stack that does not exist is a ClientError of code ValidationError.
    """
    journal = Journal(clients.dynamodb, table=where.table)
    entries = list(journal.entries(limit=LOOK_BACK))
    closed: list[str] = []
    for number, operation in enumerate(operations(_events(clients.cloudformation, where.stack))):
        within = _entries_of(operation, entries)
        if number == _MOST_OPERATIONS or any(entry.kind is EntryKind.FINISHED for entry in within):
            break
        started = next((entry for entry in within if entry.kind is EntryKind.STARTED), None)
        if started is None:
            if number:
                # From before there was a journal; what it released is not known any more.
                break
            started = _belated(where, clients, operation, within)
            _append(journal, started)
        _append(
            journal,
            JournalEntry(
                attempt=started.attempt,
                kind=EntryKind.FINISHED,
                at=stamp(operation.ended),
                by="recorder",
                body=ending(operation),
            ),
        )
        closed.append(started.attempt)
    return closed


def ending(operation: StackOperation) -> dict[str, Any]:
    """The body of the `finished` entry."""
    body: dict[str, Any] = {
        "outcome": operation.outcome.value,
        "status": operation.status,
        "duration_s": round((operation.ended - operation.began).total_seconds(), 1),
        "changed": list(operation.changed[:_MOST_RESOURCES]),
        "phases": operation.phases(),
    }
    failure = operation.failure
    if operation.outcome is not Outcome.RELEASED and failure is not None:
        message = Redactor().excerpt(str(failure.get("ResourceStatusReason") or ""), length=_LONGEST_REASON)
        kind = str(failure["ResourceType"])
        body["error"] = {
            "code": _code(kind, message),
            "step": f"{failure['LogicalResourceId']} ({kind})",
            "message": message,
        }
    return body


def _code(resource_type: str, message: str) -> str:
    """A code of the runbook."""
    if resource_type == GATE:
        return "gate-failed"
    return "on-hold" if resource_type == RECORD and HELD in message else "deployment-failed"


def _belated(where: Where, clients: Clients, operation: StackOperation, within: Sequence[JournalEntry]) -> JournalEntry:
    """The start of an operation that its first resource did not write: it released nothing new, or never came to it."""
    contents: Mapping[str, Any] = {}
    if operation.outcome is Outcome.RELEASED:
        # After a rollback the parameter is the former release's again.
        contents = read_section(
            lambda name: str(clients.ssm.get_parameter(Name=name)["Parameter"]["Value"]), where.contents_parameter
        )
    release_id = str(contents.get("release_id", "unknown"))
    known = next((entry.attempt for entry in within), attempt_id(began=operation.began, release_id=release_id))
    body = about(contents, release_id=release_id, environment=where.environment)
    return JournalEntry(
        attempt=known, kind=EntryKind.STARTED, at=stamp(operation.began), by=str(body["author"]), body=body
    )


def _entries_of(operation: StackOperation, entries: Sequence[JournalEntry]) -> list[JournalEntry]:
    """Those of a release that were written within the operation, without an attempt that had ended before."""
    began = stamp(operation.began)
    earliest, latest = stamp(operation.began - _TOLERANCE), stamp(operation.ended)
    over = {entry.attempt for entry in entries if entry.kind is EntryKind.FINISHED and entry.at < began}
    return [
        entry
        for entry in entries
        if entry.kind in _OF_A_RELEASE and entry.attempt not in over and earliest <= entry.at <= latest
    ]


def _events(client: Any, stack: str) -> Iterator[Mapping[str, Any]]:
    for page in client.get_paginator("describe_stack_events").paginate(StackName=stack):
        yield from page["StackEvents"]


def _append(journal: Journal, entry: JournalEntry) -> None:
    try:
        journal.append(entry)
    except JournalConflictError:
        # Somebody else has written it in the same moment; both saw the same events.
        return
