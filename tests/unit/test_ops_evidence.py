"""What `acinaces deploy` adds to the journal: approval, tests, the phases before the stacks; never an obstacle."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from environments import load_environment
from lambda_src.journal import EntryKind, JournalEntry
from lambda_src.journal.attempts import stamp
from ops.phases import Phase
from ops.releases import evidence as module
from ops.releases.evidence import Evidence
from tests.support.journal import MemoryTable, client_error
from tests.support.records import NOON, attempt

PHASES = [
    Phase(name="preparation", began=NOON, state="done", seconds=3.21, note="doctor: 9 passed"),
    Phase(name="testing", began=NOON, state="done", seconds=40),
    Phase(name="deployment and validation", began=NOON),
]


class Aws(MemoryTable):
    """A session and all of its clients in one."""

    def client(self, _service: str, **_: Any) -> Aws:
        return self


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    aws = Aws()
    monkeypatch.setattr(module, "session", lambda _environment: aws)
    monkeypatch.setattr(module, "journal_table_name", lambda _name: "demo-journal")
    monkeypatch.setattr(module, "_RECORDER_S", 0.0)
    return aws


def evidence(**changes: Any) -> Evidence:
    values = {
        "environment": load_environment("local"),
        "by": "carol (role/Deployer)",
        "how": "--yes",
        "note": "ticket 12",
        "began": NOON,
    }
    return Evidence(**{**values, "tests_passed": True, **changes})


def test_the_attempt_that_was_begun_gets_it(aws: Aws) -> None:
    for entry in [*attempt("earlier", -60), *attempt("mine", 1)]:
        aws.journal.append(entry)
    assert evidence().write(PHASES) == "mine"
    record = aws.journal.records()[0]
    (approval,) = record.approvals
    assert approval["by"] == "carol (role/Deployer)"
    assert (approval["how"], approval["note"], approval["at"]) == ("--yes", "ticket 12", stamp(NOON))
    assert record.testing == {"passed": True, "note": ""}
    assert [(phase["name"], phase["seconds"], phase["note"]) for phase in record.phases] == [
        ("preparation", 3.2, "doctor: 9 passed"),
        ("testing", 40.0, ""),
    ]
    assert record.outcome == "released"


def test_tests_that_were_left_out_are_told(aws: Aws) -> None:
    for entry in attempt("mine", 1):
        aws.journal.append(entry)
    evidence(tests_passed=False).write(PHASES)
    assert aws.journal.records()[0].testing == {"passed": False, "note": "left out: SKIP_TESTS was set"}


def test_a_deployment_that_began_nothing_adds_nothing(aws: Aws) -> None:
    for entry in attempt("earlier", -60):
        aws.journal.append(entry)
    before = len(aws.items)
    assert evidence().write(PHASES) is None
    assert len(aws.items) == before


def test_where_no_recorder_is_the_record_is_ended_from_here(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    for entry in attempt("mine", 1, "running"):
        aws.journal.append(entry)

    def close(_where: Any, _clients: Any) -> None:
        at = stamp(NOON + timedelta(minutes=3))
        body = {"outcome": "released"}
        aws.journal.append(JournalEntry(attempt="mine", kind=EntryKind.FINISHED, at=at, body=body))

    monkeypatch.setattr(module, "close", close)
    evidence().write(PHASES)
    assert aws.journal.records()[0].outcome == "released"


def test_it_never_fails_a_deployment_and_never_hides_its_failure(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(**_: Any) -> None:
        raise client_error("ServiceUnavailable")

    for entry in attempt("mine", 1):
        aws.journal.append(entry)
    monkeypatch.setattr(aws, "put_item", down)
    warnings: list[str] = []
    with evidence().kept(lambda: PHASES, warnings.append):
        pass
    assert "ServiceUnavailable" in warnings[0]
    with pytest.raises(ValueError, match="the deployment"), evidence().kept(lambda: PHASES, warnings.append):
        raise ValueError("the deployment")
    assert len(warnings) == 2
