"""Which attempt's release serves, by what the journal tells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lambda_src.journal.records import EntryKind, Outcome, ReleaseRecord

# `Verdict.PASSED`, without loading every kind of check for it: a status is asked for in a hurry.
PASSED: Final = "passed"


def live(records: Sequence[ReleaseRecord]) -> ReleaseRecord | None:
    """The newest of `records` (newest first) that stands; after a rollback the one that it went back to."""
    by_attempt = {record.attempt: record for record in records}
    for record in records:
        if stands(record):
            return record
        went_to = rolled_back_to(record)
        if went_to:
            return by_attempt.get(went_to) or next(
                (other for other in records if other.started < record.started and stands(other)), None
            )
    return None


def stands(record: ReleaseRecord) -> bool:
    """Whether it was released and not put back since; also where nobody was there to write down its end."""
    if record.outcome is Outcome.RUNNING:
        return record.verdict == PASSED
    return record.outcome is Outcome.RELEASED


def rolled_back_to(record: ReleaseRecord) -> str | None:
    """The attempt that people, or an alarm, went back to; None where it was not left."""
    left = [entry for entry in record.entries if entry.kind is EntryKind.ROLLED_BACK]
    if not left or record.outcome is not Outcome.ROLLED_BACK:
        return None
    return str(left[-1].body.get("rolled_back_to") or "unknown")


def since(record: ReleaseRecord, records: Sequence[ReleaseRecord]) -> str:
    """Since when `record`, which is live, has served: its own end, or the rollback that went back to it."""
    returned = [
        entry.at
        for other in records
        for entry in other.entries
        if entry.kind is EntryKind.ROLLED_BACK and entry.body.get("rolled_back_to") == record.attempt
    ]
    own = [entry.at for entry in record.entries if entry.kind in (EntryKind.FINISHED, EntryKind.JUDGED)]
    return max([*returned, *own], default=record.started)
