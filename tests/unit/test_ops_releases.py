"""`acinaces releases`: finding the one that is meant, the list, one in full, risk, two compared."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from lambda_src.journal import EntryKind, JournalEntry, closing, stack_operation
from lambda_src.journal.opening import HELD
from ops.error_codes import ERROR_CODES
from ops.errors import ExitCode, OperatorError
from ops.releases import diff, risk, screen, words
from ops.releases.read import find
from tests.support.records import at, attempt, records

ASSETS = {"function/audit": "1", "function/orders": "1", "layer/shared": "1", "site": "1"}
FIRST = attempt("a", 0, assets=ASSETS, functions={"demo-audit": 1}, site={"index.html": "v1"})
SECOND = attempt("b", 10, assets={**ASSETS, "site": "2"}, functions={"demo-audit": 2}, site={"index.html": "v2"})
ALL = records(FIRST, SECOND)


def shown(draw: Callable[[Console], None], width: int = 80) -> str:
    output = io.StringIO()
    draw(Console(file=output, width=width))
    return output.getvalue()


@pytest.mark.parametrize(("wanted", "attempt"), [("a", "a"), ("b-i", "b"), ("c-a", "a"), ("live", "b")])
def test_a_release_is_found_by_what_people_have_of_it(wanted: str, attempt: str) -> None:
    assert find(ALL, wanted, environment="demo").attempt == attempt


@pytest.mark.parametrize("wanted", ["zzz", ""])
def test_an_unknown_release_is_one_error(wanted: str) -> None:
    with pytest.raises(OperatorError) as raised:
        find(ALL, wanted, environment="demo")
    assert (raised.value.error, raised.value.code) == ("release-not-found", ExitCode.PRECONDITION)
    assert raised.value.next_step == "acinaces releases --env demo"


def test_the_list_marks_what_serves_and_what_was_left() -> None:
    told = records(FIRST, attempt("b", 10, left="a"), attempt("c", 20, "rolled-back", verdict="failed"))
    lines = shown(lambda console: screen.show_list(told, 20, console)).splitlines()
    assert [line.split()[-4:] for line in lines[1:]] == [
        ["rolled-back", "failed", "2", "min"],
        ["left", "passed", "2", "min"],
        ["released", "passed", "2", "min"],
    ]
    assert [line.startswith("●") for line in lines[1:]] == [False, False, True]
    assert max(map(len, lines)) <= 80
    assert len(shown(lambda console: screen.show_list(told, 1, console)).splitlines()) == 2


def test_one_in_full_has_what_an_audit_asks_for() -> None:
    """M41: who, approval, tests, risk, what changed, what went wrong, what was done since."""
    entries = attempt("b", 10, "rolled-back", verdict="failed", assets={**ASSETS, "function/orders": "2"})
    entries.append(
        JournalEntry(
            attempt="b",
            kind=EntryKind.APPROVED,
            at=at(13),
            by="carol",
            body={
                "approvals": [{"by": "carol", "how": "--yes", "note": "ticket 12"}],
                "testing": {"passed": False, "note": "left out: SKIP_TESTS was set"},
                "phases": [{"name": "testing", "began": at(9), "seconds": 0.0, "state": "done", "note": ""}],
                "error": {"code": "gate-failed", "step": "Gate (Custom::VerificationGate)", "message": "api/orders"},
            },
        )
    )
    told = records(FIRST, entries)
    record = told[0]
    changed = risk.changes(record, risk.before(record, told))
    page = shown(lambda console: screen.show_one(record, risk.assess(record, changed), changed, console), 140)
    for expected in (
        "c-b of A",
        "function/orders",
        "high: changes function/orders; its tests were left out",
        "left out: SKIP_TESTS was set",
        "carol (--yes): ticket 12",
        "Gate (Custom::VerificationGate)",
        "[gate-failed] validation, needs a change.",
        "✓ testing",
        "approved",
    ):
        assert expected in page


@pytest.mark.parametrize(
    ("changed", "body", "level"),
    [
        (("site",), {}, "low"),
        (("function/audit",), {"testing": {"passed": True}}, "low"),
        (("layer/shared",), {}, "medium"),
        (("function/a", "function/b", "function/c", "site"), {}, "medium"),
        (None, {}, "medium"),
        (("function/exchanges",), {}, "high"),
        (("site",), {"testing": {"passed": False}}, "high"),
        (("site",), {"commit": "c-dirty"}, "high"),
    ],
)
def test_risk(changed: tuple[str, ...] | None, body: dict[str, Any], level: str) -> None:
    (record,) = records(attempt("a", 0, **body))
    found = risk.assess(record, changed)
    assert found.level == level
    assert found.reasons


def test_two_releases_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([{"api/audit": 80, "site/page": 20}, {"api/audit": 95}])
    monkeypatch.setattr(diff, "_latencies", lambda *_: next(times))
    second, first = ALL
    found = diff.compare(None, first, second)  # type: ignore[arg-type]
    assert (found.assets, found.functions, found.files) == (("site",), {"demo-audit": (1, 2)}, ("index.html",))
    assert found.latency_ms == {"api/audit": (80, 95), "site/page": (20, None)}
    page = shown(lambda console: diff.show(found, console))
    assert "version 1" in page
    assert "95 ms" in page
    assert found.document()["first"]["release_id"] == "a-id"


def test_what_the_recorder_calls_errors_is_in_the_runbook() -> None:
    told = {
        closing._code(kind, f"demo {HELD}why")
        for kind in (stack_operation.GATE, stack_operation.RECORD, "AWS::Lambda::Function")
    }
    assert told == {"gate-failed", "on-hold", "deployment-failed"}
    assert told <= ERROR_CODES.keys()
    known = words.failure({"code": "gate-failed", "step": "Gate", "message": "api/orders"})
    assert (known["kind"], known["phase"], known["recoverable"]) == ("validation", "validation", False)
    assert known["next"].startswith("Mend")
    assert words.failure({"code": "of another time"}) == {"code": "of another time"}


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, "-"), (0.4, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "120 min"), (7200, "2 h"), (180_000, "2 d")],
)
def test_durations(seconds: float | None, said: str) -> None:
    assert words.lasted(seconds) == said
