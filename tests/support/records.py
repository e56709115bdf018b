"""Entries and records of releases, short to write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from lambda_src.journal import EntryKind, JournalEntry, ReleaseRecord, assemble
from lambda_src.journal.attempts import stamp

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def at(minutes: float) -> str:
    """Minutes after noon, as entries have it."""
    return stamp(NOON + timedelta(minutes=minutes))


def attempt(
    name: str,
    minutes: float,
    outcome: str = "released",
    *,
    verdict: str = "passed",
    functions: Mapping[str, int] | None = None,
    site: Mapping[str, str] | None = None,
    left: str | None = None,
    scope: str = "release",
    **body: Any,
) -> list[JournalEntry]:
    """A release's entries: begun at, judged a minute later, ended after two; `left`: what was gone back to, later."""
    about = {"release_id": f"{name}-id", "environment": "demo", "commit": f"c-{name}", "author": "A", **body}
    found = [JournalEntry(attempt=name, kind=EntryKind.STARTED, at=at(minutes), by="A", body=about)]
    judged: dict[str, Any] = {"verdict": verdict, "summary": f"{verdict}: 1 of 1"}
    if verdict == "passed":
        judged["state"] = {"functions": dict(functions or {}), "site": dict(site or {})}
    found.append(JournalEntry(attempt=name, kind=EntryKind.JUDGED, at=at(minutes + 1), by="gate", body=judged))
    if outcome != "running":
        ended = {"outcome": outcome, "duration_s": 120.0}
        found.append(JournalEntry(attempt=name, kind=EntryKind.FINISHED, at=at(minutes + 2), by="recorder", body=ended))
    if left is not None:
        back = {"operation": "rollback-1", "rolled_back_to": left, "scope": scope}
        found.append(JournalEntry(attempt=name, kind=EntryKind.ROLLED_BACK, at=at(minutes + 5), by="B", body=back))
    return found


def records(*attempts: Iterable[JournalEntry]) -> list[ReleaseRecord]:
    """Newest first."""
    return assemble(entry for entries in attempts for entry in entries)
