"""How records are put into words: times, durations, outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from lambda_src.journal import Outcome, ReleaseRecord
from lambda_src.journal.live import rolled_back_to
from ops.error_codes import ERROR_CODES

STYLES: Final = {
    Outcome.RELEASED: "green",
    Outcome.RUNNING: "cyan",
    Outcome.ROLLED_BACK: "yellow",
    Outcome.FAILED: "bold red",
}


def moment(text: str) -> str:
    """`2026-01-31 12:00:05`, in UTC as everywhere."""
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def ago(text: str, *, now: datetime | None = None) -> str:
    """How long ago, in one unit: `3 min`."""
    return lasted(((now or datetime.now(UTC)) - datetime.fromisoformat(text)).total_seconds())


def lasted(seconds: float | None) -> str:
    """A duration in the unit that reads best; `-` where it is not known."""
    if seconds is None:
        return "-"
    for limit, unit, size in ((120, "s", 1), (7200, "min", 60), (172_800, "h", 3600)):
        if seconds < limit:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 86400:.0f} d"


def outcome(record: ReleaseRecord) -> str:
    """The outcome, and who went back where a release was left after it had passed."""
    return "left" if rolled_back_to(record) else record.outcome.value


def short(commit: str) -> str:
    """A commit as git shortens it."""
    digest, _, dirty = commit.partition("-")
    return f"{digest[:7]}{'+' if dirty else ''}"


def failure(error: Mapping[str, Any]) -> dict[str, Any]:
    """An error of the journal with what the runbook knows of its code: kind, phase, recoverable, what to do (M25)."""
    known = ERROR_CODES.get(str(error.get("code")))
    if known is None:
        return dict(error)
    return {
        **error,
        "kind": known.kind.value,
        "phase": known.phase.value,
        "recoverable": known.recoverable,
        "next": known.fix,
    }
