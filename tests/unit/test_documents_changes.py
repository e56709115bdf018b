"""The change log: releases, commits between them, rollbacks with their reason, speed before and after."""

from __future__ import annotations

from lambda_src.journal import EntryKind, JournalEntry, assemble
from ops.documents.changes_page import changes_page, commits_between


def entry(attempt: str, kind: EntryKind, at: str, **body: object) -> JournalEntry:
    return JournalEntry(attempt=attempt, kind=kind, at=f"2026-11-0{at}:00:00+00:00", by="ada", body=dict(body))


ENTRIES = [
    entry("a2", EntryKind.ROLLED_BACK, "3T09", reason="errors <b>rose</b>"),
    entry("a2", EntryKind.FINISHED, "2T10", outcome="released", verdict="passed", changed=["OrdersFunction"]),
    entry(
        "a2",
        EntryKind.APPROVED,
        "2T08",
        approvals=[{"by": "ada", "how": "typed", "note": "seen by two"}],
        testing={"passed": True},
    ),
    entry("a2", EntryKind.STARTED, "2T09", release_id="r2", environment="staging", commit="c2", author="grace"),
    entry("a1", EntryKind.FINISHED, "1T10", outcome="released", verdict="passed"),
    entry("a1", EntryKind.STARTED, "1T09", release_id="r1", environment="staging", commit="c1"),
]


def text() -> str:
    return changes_page(
        "staging", assemble(ENTRIES), ENTRIES, commits=lambda older, newer: [f"{newer} follows {older}"]
    )


def test_a_release_is_told_with_its_commits_changes_and_approval() -> None:
    page = text()

    assert "| 2026-11-02 09:00:00 | `r2` | `c2` | ada | rolled-back | passed |" in page
    assert "- rolled-back, by ada; author grace" in page
    assert "- changed: `OrdersFunction`" in page
    assert "- approved by ada, typed: seen by two" in page
    assert "- tests passed" in page
    assert "- risk medium: nothing to compare with" in page
    assert "- c2 follows c1" in page


def test_a_rollback_has_its_reason_and_nothing_in_it_is_markup() -> None:
    page = text()

    (line,) = [line for line in page.splitlines() if line.startswith("| 2026-11-03")]
    assert "rolled-back" in line
    assert "errors" in line
    assert "<b>" not in page


def test_an_empty_journal_is_said() -> None:
    assert "The journal holds none yet." in changes_page("staging", [], [], commits=lambda *_: None)


def test_commits_that_are_not_in_this_repository_are_left_out() -> None:
    assert commits_between("0" * 40, "1" * 40) is None
    assert commits_between("--output=/tmp/x", "HEAD") is None
