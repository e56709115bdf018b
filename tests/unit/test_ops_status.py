"""`acinaces status`: good, or what differs, and the one command that helps."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from rich.console import Console

from lambda_src.journal import JournalEntry
from ops.errors import ExitCode
from ops.status.judge import Status, judge
from ops.status.look import Seen
from ops.status.screen import next_command, show
from tests.support.records import attempt, records

FUNCTIONS = {"demo-orders": 7, "demo-auth": 3}
SITE = {"index.html": "v2", "main.js": "v1"}
COMPLETE = {"StackStatus": "UPDATE_COMPLETE"}
RELEASED = attempt("a", 0, functions=FUNCTIONS, site=SITE)


def seen(*attempts: list[JournalEntry], **changes: Any) -> Seen:
    values: dict[str, Any] = {
        "records": tuple(records(*(attempts or (RELEASED,)))),
        "contents": {},
        "hold": None,
        "stacks": {"Release": COMPLETE, "Operations": COMPLETE},
        "aliases": FUNCTIONS,
        "shifting": (),
        "site": SITE,
        "alarms": (),
    }
    return Seen(**(values | changes))


def status(*attempts: list[JournalEntry], **changes: Any) -> Status:
    return judge("demo", seen(*attempts, **changes))


def text(found: Status, width: int = 80) -> str:
    output = io.StringIO()
    show(found, Console(file=output, width=width))
    return output.getvalue()


def test_all_is_well() -> None:
    found = status()
    assert (found.good, found.code, found.drift, found.problems) == (True, ExitCode.OK, (), ())
    assert "✓ demo is good" in text(found)
    assert "by A" in text(found)
    assert next_command(found) == "acinaces releases show live --env demo"
    document = json.loads(json.dumps(found.document()))
    assert (document["good"], document["release"]["release_id"]) == (True, "a-id")


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"aliases": {**FUNCTIONS, "demo-orders": 6}}, "demo-orders serves version 6, and 7 was released"),
        ({"aliases": {"demo-auth": 3}}, "demo-orders serves version none, and 7 was released"),
        ({"site": {**SITE, "index.html": "v1"}}, "1 files of the site are not those that were released: index.html"),
        (
            {"stacks": {"Release": {**COMPLETE, "DriftInformation": {"StackDriftStatus": "DRIFTED"}}}},
            "stack Release was changed outside of its template, as CloudFormation found",
        ),
    ],
)
def test_drift(changes: dict[str, Any], line: str) -> None:
    found = status(**changes)
    assert found.drift == (line,)
    assert (found.code, found.good) == (ExitCode.CHECK_FAILED, False)
    assert "demo is not as it should be" in text(found)
    assert next_command(found) == "acinaces rollback release --env demo --to a-id --dry-run"


def test_many_functions_are_counted() -> None:
    functions = {f"demo-{number}": 2 for number in range(40)}
    found = status(attempt("a", 0, functions=functions), aliases=dict.fromkeys(functions, 1), site={})
    assert len(found.drift) == 6
    assert found.drift[-1] == "35 more functions do not serve the version that was released"


def test_files_that_nobody_released_are_no_drift() -> None:
    """Assets of earlier releases stay for pages that are still open."""
    assert status(site={**SITE, "old.js": "v1"}).good


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"alarms": ("demo-rollback",)}, "demo-rollback is in alarm"),
        (
            {"stacks": {"Release": {"StackStatus": "UPDATE_ROLLBACK_FAILED"}}},
            "stack Release is in UPDATE_ROLLBACK_FAILED",
        ),
        ({"stacks": {}}, "the Release stack is gone"),
    ],
)
def test_problems(changes: dict[str, Any], line: str) -> None:
    found = status(**changes)
    assert found.problems == (line,)
    assert found.code is ExitCode.CHECK_FAILED
    assert next_command(found) == "acinaces doctor --env demo"


def test_while_a_release_goes_on_nothing_is_compared() -> None:
    found = status(stacks={"Release": {"StackStatus": "UPDATE_IN_PROGRESS"}}, aliases={"demo-orders": 8})
    assert (found.drift, found.doing) == ((), "Release is in UPDATE_IN_PROGRESS")
    assert next_command(found) == "acinaces status --env demo"


def test_a_function_that_shifts_its_traffic_is_no_drift() -> None:
    found = status(aliases={**FUNCTIONS, "demo-orders": 8}, shifting=("demo-orders",))
    assert (found.drift, found.doing) == ((), "1 functions shift their traffic")


def test_a_hold_is_told_and_is_nothing_bad() -> None:
    found = status(hold=json.dumps({"reason": "rolled back", "at": "2026-01-31", "by": "B"}))
    assert found.good
    assert "rolled back (since 2026-01-31, by B)" in text(found)
    assert next_command(found) == "acinaces hold show --env demo"


def test_after_a_rollback_the_release_that_was_gone_back_to_is_compared() -> None:
    left = attempt("b", 10, functions={"demo-orders": 8, "demo-auth": 3}, site=SITE, left="a")
    assert status(RELEASED, left).good
    assert "a-id" in text(status(RELEASED, left))


def test_after_a_rollback_of_the_backend_each_part_is_compared_with_its_own_release() -> None:
    newer = {**SITE, "index.html": "v3"}
    left = attempt("b", 10, functions={"demo-orders": 8, "demo-auth": 3}, site=newer, left="a", scope="backend")
    found = status(RELEASED, left, site=newer)
    assert found.good
    assert found.behind == {"backend": "a-id"}
    assert "backend  a-id, by a rollback" in text(found)


def test_where_nothing_ever_passed_nothing_serves() -> None:
    found = status(attempt("a", 0, "rolled-back", verdict="failed"))
    assert found.code is ExitCode.PRECONDITION
    assert "nothing serves in demo" in text(found)


@pytest.mark.parametrize("width", [80, 140])
def test_it_fits_the_terminal(width: int) -> None:
    found = status(alarms=tuple(f"demo-crypto-trading-{name}-errors" for name in "abcdef"))
    assert max(len(line) for line in text(found, width).splitlines()) <= width
