"""Which release serves, by the journal alone."""

from __future__ import annotations

import pytest

from lambda_src.journal import JournalEntry
from lambda_src.journal.live import PARTS, PASSED, live, live_parts, since
from lambda_src.operations import releases
from lambda_src.verification.verdicts import Verdict
from tests.support.records import at, attempt, records

A, B, C = attempt("a", 0), attempt("b", 10), attempt("c", 20)


@pytest.mark.parametrize(
    ("attempts", "serves"),
    [
        ([], None),
        ([A], "a"),
        ([A, B], "b"),
        ([A, attempt("b", 10, "rolled-back", verdict="failed")], "a"),
        ([A, attempt("b", 10, "failed", verdict="failed")], "a"),
        ([attempt("a", 0, "rolled-back", verdict="failed")], None),
        # Under way, and judged already or not yet.
        ([A, attempt("b", 10, "running")], "b"),
        ([A, attempt("b", 10, "running", verdict="error")], "a"),
        # A person went back.
        ([A, attempt("b", 10, left="a")], "a"),
        ([A, B, attempt("c", 20, left="a")], "a"),
        ([A, B, attempt("c", 20, left="gone")], None),
        # Of one part: the other one is still the newer release's.
        ([A, attempt("b", 10, left="a", scope="backend")], "b"),
        ([A, attempt("b", 10, left="a", scope="release")], "a"),
        ([A, attempt("b", 10, left="a"), C], "c"),
    ],
)
def test_what_serves(attempts: list[list[JournalEntry]], serves: str | None) -> None:
    found = live(records(*attempts))
    assert (found and found.attempt) == serves


def test_each_part_serves_what_it_went_back_to() -> None:
    found = live_parts(records(A, attempt("b", 10, left="a", scope="frontend")))
    assert {part: record.attempt for part, record in found.items()} == {"backend": "b", "frontend": "a"}
    assert {*PARTS, "release"} == set(releases.SCOPES)


def test_a_rollback_that_was_reverted_leaves_the_release_live() -> None:
    reverted = attempt("b", 10, left="a")
    again = reverted[2].model_copy(update={"at": at(30), "body": {"outcome": "released"}})
    found = live(records(A, [*reverted, again]))
    assert found is not None
    assert found.attempt == "b"


def test_since_when_it_serves() -> None:
    found = records(A, attempt("b", 10, left="a"))
    serving = live(found)
    assert serving is not None
    assert since(serving, found) == at(15)
    assert since(records(A)[0], records(A)) == at(2)


def test_passed_is_the_gates_own_word() -> None:
    assert Verdict.PASSED.value == PASSED
