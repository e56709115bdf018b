"""The figures of delivery: computed by hand here, from the journal there (B4, M37)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from constructs import delivery_alarms, release_recorder
from lambda_src.journal import EntryKind, JournalEntry, ReleaseRecord, assemble, recorder
from lambda_src.journal.attempts import stamp
from lambda_src.journal.delivery import delivery

NOW = datetime(2026, 2, 10, 12, tzinfo=UTC)


def attempt(
    hours_ago: float, outcome: str = "released", *, seconds: float = 60, left_after_s: float | None = None, **body: Any
) -> list[JournalEntry]:
    """The entries of one attempt; its commit was made an hour before."""
    began = NOW - timedelta(hours=hours_ago)
    name = f"{hours_ago:g}"
    about = {"release_id": name, "environment": "demo", "commit": "c", "committed": stamp(began - timedelta(hours=1))}
    found = [JournalEntry(attempt=name, kind=EntryKind.STARTED, at=stamp(began), body={**about, **body})]
    ended = began + timedelta(seconds=seconds)
    if outcome != "running":
        told = {"outcome": outcome, "duration_s": seconds}
        found.append(JournalEntry(attempt=name, kind=EntryKind.FINISHED, at=stamp(ended), body=told))
    if left_after_s is not None:
        left = stamp(ended + timedelta(seconds=left_after_s))
        found.append(JournalEntry(attempt=name, kind=EntryKind.ROLLED_BACK, at=left))
    return found


def records(*attempts: list[JournalEntry]) -> list[ReleaseRecord]:
    return assemble(entry for entries in attempts for entry in entries)


def test_nothing_is_told_of_nothing() -> None:
    found = delivery([], now=NOW)
    assert (found.attempts, found.released, found.frequency_per_day, found.rollbacks_of_a_day) == (0, 0, 0, 0)
    assert {found.success_rate, found.lead_time_s, found.time_to_restore_s, found.longest_s} == {None}


def test_the_four_figures() -> None:
    found = delivery(
        records(
            attempt(100, seconds=60),
            attempt(90, "rolled-back", seconds=120),
            attempt(80, seconds=180, left_after_s=600),
            attempt(70, seconds=240),
            attempt(24 * 31, "failed"),
        ),
        now=NOW,
    )
    assert (found.attempts, found.released) == (4, 3)
    assert found.frequency_per_day == 0.1
    assert found.success_rate == 75
    assert found.change_failure_rate == pytest.approx(33.3)
    assert found.time_to_restore_s == 600
    assert found.lead_time_s == 3600 + 180
    assert found.duration_s == 150


def test_a_stuck_release_counts_until_it_is_repaired() -> None:
    found = delivery(records(attempt(20, "failed"), attempt(18, seconds=60)), now=NOW)
    assert found.time_to_restore_s == 2 * 3600 + 60


def test_what_comes_after_a_rollback_is_no_part_of_the_time_that_a_release_served() -> None:
    left = attempt(80, seconds=60, left_after_s=600)
    undone = NOW - timedelta(hours=70)
    left.append(JournalEntry(attempt="80", kind=EntryKind.FINISHED, at=stamp(undone), body={"outcome": "released"}))

    found = delivery(records(left), now=NOW)

    assert (found.time_to_restore_s, found.lead_time_s) == (600, 3660)


def test_a_release_without_a_commit_has_no_lead_time() -> None:
    assert delivery(records(attempt(5, commit="c-dirty")), now=NOW).lead_time_s is None
    assert delivery(records(attempt(5, committed="unknown")), now=NOW).lead_time_s is None


def test_rollbacks_of_a_day_by_whomever() -> None:
    found = delivery(
        records(
            attempt(30, "rolled-back"),
            attempt(20, "rolled-back"),
            attempt(26, left_after_s=4 * 3600),
            attempt(50, left_after_s=60),
        ),
        now=NOW,
    )
    assert found.rollbacks_of_a_day == 2


def test_a_release_under_way_grows_until_it_is_over() -> None:
    assert delivery(records(attempt(0.75, "running")), now=NOW).longest_s == 45 * 60
    assert delivery(records(attempt(0.75, seconds=60)), now=NOW).longest_s == 60
    assert delivery(records(attempt(5, seconds=3000)), now=NOW).longest_s is None
    # Its end was never told, and there is a later one.
    assert delivery(records(attempt(9, "running"), attempt(0.5, seconds=60)), now=NOW).longest_s == 60


def test_the_alarms_are_about_metrics_that_are_told() -> None:
    figures = delivery(records(attempt(0.1, "rolled-back")), now=NOW)
    told = {item["MetricName"]: item for item in recorder.metric_data(figures, environment="demo")}
    assert told["SuccessRate"] == {
        "MetricName": "SuccessRate",
        "Dimensions": [{"Name": "Environment", "Value": "demo"}],
        "Value": 0.0,
        "Unit": "Percent",
    }
    assert told["RollbacksOfADay"]["Value"] == 1
    assert "LeadTime" not in told
    assert release_recorder.NAMESPACE == recorder.NAMESPACE
    # M37.
    assert (delivery_alarms.SUCCESS_PERCENT, delivery_alarms.ROLLBACKS_OF_A_DAY) == (95, 3)
    assert delivery_alarms.LONGEST.to_minutes() == 30
