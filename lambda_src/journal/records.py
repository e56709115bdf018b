"""What the journal holds: entries, which are only ever added, and the record of an attempt, which follows from them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict


class _Frozen(BaseModel):
    # An older release's entries may lack, a newer one's may add.
    model_config = ConfigDict(frozen=True, extra="ignore")


class EntryKind(StrEnum):
    """What an entry tells."""

    STARTED = "started"
    JUDGED = "judged"
    FINISHED = "finished"
    ROLLED_BACK = "rolled-back"
    # By people, between releases.
    OPERATION = "operation"
    APPROVED = "approved"


class Outcome(StrEnum):
    """How an attempt ended; `running` until it has."""

    RUNNING = "running"
    RELEASED = "released"
    ROLLED_BACK = "rolled-back"
    FAILED = "failed"


class ReleaseState(_Frozen):
    """Exactly what serves: enough to go back to it.

    `functions`: physical function name -> version that `live` serves. `site`: object key -> S3 version id.
    """

    functions: dict[str, int] = {}
    site: dict[str, str] = {}


class JournalEntry(_Frozen):
    """One entry. `at`: ISO 8601 in UTC. `attempt`: the release attempt, or the operation, that it belongs to."""

    attempt: str
    kind: EntryKind
    at: str
    by: str = "unknown"
    body: dict[str, Any] = {}


class ReleaseRecord(_Frozen):
    """One attempt to release, from its entries. Times are ISO 8601 in UTC, durations seconds."""

    attempt: str
    release_id: str
    environment: str
    commit: str = "unknown"
    # When the commit was made.
    committed: str = "unknown"
    author: str = "unknown"
    by: str = "unknown"
    started: str
    finished: str | None = None
    outcome: Outcome = Outcome.RUNNING
    verdict: str | None = None
    summary: str = ""
    report_key: str = ""
    # Where reports and what releases were made from are kept: `s3://bucket/prefix`.
    artifacts: str = ""
    assets: dict[str, str] = {}
    changed: tuple[str, ...] | None = None
    state: ReleaseState = ReleaseState()
    phases: tuple[dict[str, Any], ...] = ()
    duration_s: float | None = None
    # Of a release that did not stay: code of the runbook, step, message.
    error: dict[str, Any] | None = None
    # Who agreed to it and how, which tests had passed, what a reviewer should know; of `acinaces deploy`.
    approvals: tuple[dict[str, Any], ...] = ()
    testing: dict[str, Any] = {}
    entries: tuple[JournalEntry, ...] = ()


def assemble(entries: Iterable[JournalEntry]) -> list[ReleaseRecord]:
    """The records of the attempts in `entries`, newest first; entries without a start are left out."""
    by_attempt: dict[str, list[JournalEntry]] = {}
    for entry in sorted(entries, key=lambda entry: (entry.at, entry.kind)):
        by_attempt.setdefault(entry.attempt, []).append(entry)
    records = [_record(attempt, found) for attempt, found in by_attempt.items()]
    return sorted((record for record in records if record), key=lambda record: record.started, reverse=True)


def _record(attempt: str, entries: list[JournalEntry]) -> ReleaseRecord | None:
    start = next((entry for entry in entries if entry.kind is EntryKind.STARTED), None)
    if start is None:
        return None
    values: dict[str, Any] = {"attempt": attempt, "started": start.at, "by": start.by, "entries": tuple(entries)}
    phases: list[dict[str, Any]] = []
    for entry in entries:
        phases += entry.body.get("phases", [])
        values |= {key: value for key, value in entry.body.items() if key in ReleaseRecord.model_fields}
        if entry.kind in (EntryKind.FINISHED, EntryKind.ROLLED_BACK):
            values["finished"] = entry.at
        if entry.kind is EntryKind.ROLLED_BACK:
            values["outcome"] = Outcome.ROLLED_BACK
    # Each part of a release tells of its own phases.
    values["phases"] = sorted(phases, key=lambda phase: str(phase.get("began", "")))
    return ReleaseRecord.model_validate(values)
