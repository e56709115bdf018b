"""Figures of delivery from the journal (MISSION M37, B4): how often, how fast, how often wrong, how long to put right.

The four figures of DORA (https://dora.dev/guides/dora-metrics-four-keys/), over the attempts of a window. A figure is
None where there is nothing to tell it by: no release at all is not a success rate of nought.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any, Final

from lambda_src.journal.records import EntryKind, Outcome, ReleaseRecord

WINDOW: Final = timedelta(days=30)
DAY: Final = timedelta(days=1)
# How long an ended attempt stays the one whose duration is told.
_RECENTLY: Final = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """Durations in seconds (medians), rates in percent, over `days` days; the last three are about now."""

    days: float
    attempts: int
    released: int
    frequency_per_day: float
    success_rate: float | None
    change_failure_rate: float | None
    lead_time_s: float | None
    time_to_restore_s: float | None
    duration_s: float | None
    # Put back within a day, by the gate or by people.
    rollbacks_of_a_day: int
    # The longest of those that ended within the last hour, or of one that still goes on.
    longest_s: float | None

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def delivery(records: Iterable[ReleaseRecord], *, now: datetime, window: timedelta = WINDOW) -> Delivery:
    """The figures of the attempts that started within `window` before `now`. `records`: newest first."""
    recent = [record for record in records if now - window <= _time(record.started) <= now]
    ended = [record for record in recent if record.outcome is not Outcome.RUNNING]
    released = [record for record in ended if _was_released(record)]
    left = [record for record in released if _left_at(record)]
    days = window / DAY
    return Delivery(
        days=days,
        attempts=len(ended),
        released=len(released),
        frequency_per_day=round(len(released) / days, 3),
        success_rate=_percent(len(released), len(ended)),
        change_failure_rate=_percent(len(left), len(released)),
        lead_time_s=_median(_lead_time(record) for record in released),
        time_to_restore_s=_median([*(_exposure(record) for record in left), *_repairs(recent)]),
        duration_s=_median(record.duration_s for record in ended),
        rollbacks_of_a_day=_rollbacks(recent, since=now - DAY),
        longest_s=_longest(recent, now),
    )


def _was_released(record: ReleaseRecord) -> bool:
    """Whether it ever served; a person may have put it back since."""
    return record.outcome is Outcome.RELEASED or _left_at(record) is not None


def _left_at(record: ReleaseRecord) -> str | None:
    """When people, or an alarm, put it back."""
    return next((entry.at for entry in record.entries if entry.kind is EntryKind.ROLLED_BACK), None)


def _served_from(record: ReleaseRecord) -> str:
    """What is told after it was put back is about the rollback: its end, and its being undone."""
    left = _left_at(record)
    ends = (entry.at for entry in record.entries if entry.kind in (EntryKind.FINISHED, EntryKind.JUDGED))
    return max((at for at in ends if left is None or at <= left), default=record.started)


def _lead_time(record: ReleaseRecord) -> float | None:
    """From the commit until it served; None for what was released without a commit."""
    if record.committed in ("", "unknown") or record.commit.endswith("-dirty"):
        return None
    return (_time(_served_from(record)) - _time(record.committed)).total_seconds()


def _exposure(record: ReleaseRecord) -> float:
    """How long a release that had to be left has served."""
    return (_time(str(_left_at(record))) - _time(_served_from(record))).total_seconds()


def _repairs(records: Sequence[ReleaseRecord]) -> list[float]:
    """Of releases that CloudFormation could neither finish nor put back: until the next one that was released."""
    oldest_first = list(reversed(records))
    found = []
    for at, record in enumerate(oldest_first):
        if record.outcome is not Outcome.FAILED:
            continue
        repaired = next((later for later in oldest_first[at + 1 :] if _was_released(later)), None)
        if repaired is not None:
            found.append((_time(_served_from(repaired)) - _time(record.started)).total_seconds())
    return found


def _rollbacks(records: Sequence[ReleaseRecord], *, since: datetime) -> int:
    moments = [
        _left_at(record) or (record.finished if record.outcome is Outcome.ROLLED_BACK else None) for record in records
    ]
    return len([moment for moment in moments if moment and _time(moment) >= since])


def _longest(records: Sequence[ReleaseRecord], now: datetime) -> float | None:
    going_on = [
        (now - _time(record.started)).total_seconds() for record in records[:1] if record.outcome is Outcome.RUNNING
    ]
    just_ended = [
        record.duration_s
        for record in records
        if record.duration_s is not None and record.finished and _time(record.finished) >= now - _RECENTLY
    ]
    return max([*going_on, *just_ended], default=None)


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(median(known), 1) if known else None


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
