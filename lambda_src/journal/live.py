"""Which attempt's release serves, by what the journal tells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lambda_src.journal.records import EntryKind, JournalEntry, Outcome, ReleaseRecord

# `Verdict.PASSED`, without loading every kind of check for it: a status is asked for in a hurry.
PASSED: Final = "passed"
# What a rollback moves, by the names of `acinaces rollback`; `release` is both.
PARTS: Final = ("backend", "frontend")


def live(records: Sequence[ReleaseRecord]) -> ReleaseRecord | None:
    """The newest of `records` (newest first) that serves; after a rollback of one part still the newer one."""
    return max(live_parts(records).values(), key=lambda record: record.started, default=None)


def live_parts(records: Sequence[ReleaseRecord]) -> dict[str, ReleaseRecord]:
    """Which release each part serves; without those of a part that went back to a release that is not known."""
    by_attempt = {record.attempt: record for record in records}
    for record in records:
        if stands(record):
            return dict.fromkeys(PARTS, record)
        left = _left(record)
        if left:
            serving = dict.fromkeys(PARTS, record.attempt)
            for entry in left:
                scope = str(entry.body.get("scope", "release"))
                serving |= dict.fromkeys((scope,) if scope in PARTS else PARTS, str(entry.body.get("rolled_back_to")))
            return {part: by_attempt[attempt] for part, attempt in serving.items() if attempt in by_attempt}
    return {}


def stands(record: ReleaseRecord) -> bool:
    """Whether it was released and not put back since; also where nobody was there to write down its end."""
    if record.outcome is Outcome.RUNNING:
        return record.verdict == PASSED
    return record.outcome is Outcome.RELEASED


def rolled_back_to(record: ReleaseRecord) -> str | None:
    """The attempt that people, or an alarm, went back to; None where it was not left."""
    left = _left(record)
    return str(left[-1].body.get("rolled_back_to") or "unknown") if left else None


def _left(record: ReleaseRecord) -> list[JournalEntry]:
    """How it was left; nothing where it was not, or where that was reverted."""
    if record.outcome is not Outcome.ROLLED_BACK:
        return []
    return [entry for entry in record.entries if entry.kind is EntryKind.ROLLED_BACK]


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
