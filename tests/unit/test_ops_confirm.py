"""Asking before a change: the name in production, a yes elsewhere, nothing without a terminal."""

from __future__ import annotations

import io

import pytest

from environments import load_environment
from ops.commands.common import complete_environment, confirm
from ops.errors import ExitCode, OperatorError


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def type_in(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    """A terminal, and a person who types `line` at it."""
    monkeypatch.setattr("sys.stdin", Terminal(line + "\n"))
    monkeypatch.setattr("sys.stderr", Terminal())


@pytest.mark.parametrize(("name", "line"), [("production", "production"), ("dev", "y")])
def test_the_right_answer_goes_on(monkeypatch: pytest.MonkeyPatch, name: str, line: str) -> None:
    type_in(monkeypatch, line)
    confirm(load_environment(name), "roll back", yes=False)


@pytest.mark.parametrize(("name", "line"), [("production", "y"), ("production", "prod"), ("dev", "n"), ("dev", "")])
def test_every_other_answer_changes_nothing(monkeypatch: pytest.MonkeyPatch, name: str, line: str) -> None:
    type_in(monkeypatch, line)
    with pytest.raises(OperatorError) as caught:
        confirm(load_environment(name), "roll back", yes=False)
    assert (caught.value.error, caught.value.code) == ("not-confirmed", ExitCode.PRECONDITION)


@pytest.mark.parametrize("name", ["production", "dev"])
def test_without_a_terminal_nobody_is_asked(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{name}\n"))
    with pytest.raises(OperatorError) as caught:
        confirm(load_environment(name), "roll back", yes=False)
    assert (caught.value.error, caught.value.code) == ("confirmation-needed", ExitCode.USAGE)
    assert "--yes" in caught.value.next_step


def test_yes_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    confirm(load_environment("production"), "roll back", yes=True)


def test_the_shell_completes_environments() -> None:
    assert complete_environment("sta") == ["staging"]
    assert {"local", "production"} <= set(complete_environment(""))
