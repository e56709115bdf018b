"""`acinaces destroy` and `acinaces protect` at the command line: who is asked, and who is refused."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
import typer

from ops.commands.destroy import Protection, destroy, protect
from ops.errors import ExitCode, OperatorError
from ops.removal import leftovers, protection, work
from ops.removal.leftover import Leftover
from ops.removal.protection import Stack
from ops.removal.work import Contents, Done, Plan
from ops.surroundings import Surroundings

# What removes it cannot be copied, as AWS's clients cannot.
LEFT = Leftover(
    kind="table",
    name="t",
    command="aws dynamodb delete-table --table-name t",
    region="r",
    note="3 rows",
    remove=threading.Lock().release,
)


def stack(name: str, *, protected: bool = False) -> Stack:
    return Stack(
        name=f"Acinaces-test-{name}", id=f"arn:{name}", region="r", status="CREATE_COMPLETE", protected=protected
    )


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """An environment with one stack; returns what was done to it."""
    did: list[str] = []

    def there(*, protected: bool = False, problems: tuple[str, ...] = ()) -> list[str]:
        plan = Plan(stacks=(stack("Release", protected=protected),), kept=(), outside=(), tables=(), with_state=False)

        def remove(_around: Any, plan: Plan, **_: Any) -> Done:
            did.append("removed with state" if plan.with_state else "removed")
            return Done(stacks=[stack.name for stack in plan.stacks], problems=list(problems))

        def switch(_around: Any, **how: bool) -> list[str]:
            did.append(str(how))
            return ["t"]

        monkeypatch.setattr(
            work, "plan_removal", lambda _around, *, with_state: dataclasses.replace(plan, with_state=with_state)
        )
        monkeypatch.setattr(work, "contents", lambda *_: Contents(gone=3, kept=1, state=("AWS::DynamoDB::Table t",)))
        monkeypatch.setattr(work, "remove", remove)
        monkeypatch.setattr(leftovers, "leftovers", lambda _around: [LEFT])
        monkeypatch.setattr(protection, "set_protection", switch)
        return did

    monkeypatch.setattr(Surroundings, "caller", lambda _: "me")
    monkeypatch.setattr("ops.lock.locked", lambda *_, **__: nullcontext())
    return there


def asked(monkeypatch: pytest.MonkeyPatch, answer: str) -> list[str]:
    """A person at a terminal; returns what they were asked."""
    questions: list[str] = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)

    def prompt(text: str, **_: Any) -> str:
        questions.append(text)
        return answer

    monkeypatch.setattr(typer, "prompt", prompt)
    return questions


def test_the_name_is_typed_everywhere(aws: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    did, questions = aws(), asked(monkeypatch, "tset")

    with pytest.raises(OperatorError, match="not confirmed"):
        destroy(env="test")
    assert (did, questions) == ([], ["Type the environment's name (test) to go on"])

    asked(monkeypatch, "test")
    destroy(env="test", with_state=True)
    assert did == ["removed with state"]


def test_what_is_left_is_told_with_its_command(
    aws: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    aws()

    destroy(env="test", yes=True, as_json=True)

    told = json.loads(capsys.readouterr().out)
    assert told["removed"] == ["Acinaces-test-Release"]
    assert told["left"] == [
        {
            "kind": "table",
            "name": "t",
            "command": "aws dynamodb delete-table --table-name t",
            "region": "r",
            "note": "3 rows",
            "stack": "",
        }
    ]


def test_a_dry_run_says_what_would_go_and_asks_nothing(
    aws: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    did = aws(protected=True)

    destroy(env="test", with_state=True, dry_run=True)

    told = capsys.readouterr().err
    assert did == []
    assert "1. Acinaces-test-Release (r): 3 resources are deleted" in told
    assert "deleted with its content: AWS::DynamoDB::Table t" in told


def test_a_protected_environment_names_the_step_before(aws: Callable[..., list[str]]) -> None:
    did = aws(protected=True)

    with pytest.raises(OperatorError) as refused:
        destroy(env="test", yes=True)

    assert did == []
    assert (refused.value.error, refused.value.code) == ("still-protected", ExitCode.PRECONDITION)
    assert refused.value.next_step == "acinaces protect --env test off"


@pytest.mark.parametrize(
    "command",
    [
        lambda: destroy(env="production", yes=True),
        lambda: protect("production", Protection.OFF, yes=True),
    ],
)
def test_production_takes_no_yes(aws: Callable[..., list[str]], command: Callable[[], None]) -> None:
    did = aws()

    with pytest.raises(OperatorError) as refused:
        command()

    assert did == []
    assert (refused.value.error, refused.value.code) == ("confirmation-needed", ExitCode.USAGE)


def test_protection_goes_off_with_the_name_and_on_without(
    aws: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    did, questions = aws(), asked(monkeypatch, "production")

    protect("production", Protection.OFF)
    protect("production", Protection.ON)

    assert did == ["{'on': False, 'dry_run': False}", "{'on': True, 'dry_run': False}"]
    assert len(questions) == 1


def test_what_could_not_be_removed_is_an_error_of_its_own(aws: Callable[..., list[str]]) -> None:
    aws(problems=("Acinaces-test-Release: AccessDenied",))

    with pytest.raises(OperatorError) as stopped:
        destroy(env="test", yes=True)

    assert (stopped.value.error, stopped.value.code) == ("removal-incomplete", ExitCode.PARTIAL)
    assert "Acinaces-test-Release: AccessDenied" in str(stopped.value)
