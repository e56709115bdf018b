"""`acinaces deploy`: tests first, nothing that goes around the gate, one line for every refusal."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from typer.testing import CliRunner

from environments import load_environment
from ops import cli, deploy
from ops.errors import ExitCode, OperatorError

PRODUCTION = load_environment("production")
DEV = load_environment("dev")


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Records what would run; the site's tests fail when asked to."""
    ran: list[list[str]] = []

    def run(command: Sequence[str]) -> int:
        ran.append(list(command))
        return int("failing" in command)

    monkeypatch.setattr(deploy, "run", run)
    return ran


def test_the_backend_and_the_site_are_tested(commands: list[list[str]]) -> None:
    assert deploy.run_tests(DEV, {})

    assert ["pytest" in commands[0], commands[1][:2]] == [True, ["npm", "test"]]


def test_a_failing_test_stops_the_deployment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deploy, "run", lambda _: 1)

    with pytest.raises(OperatorError, match="the backend's tests fail; nothing was deployed") as raised:
        deploy.run_tests(DEV, {})

    assert raised.value.code is ExitCode.CHECK_FAILED


def test_tests_may_be_left_out_but_not_for_production(commands: list[list[str]]) -> None:
    assert deploy.run_tests(DEV, {"SKIP_TESTS": "1"}) is False
    with pytest.raises(OperatorError, match="SKIP_TESTS is refused for production") as raised:
        deploy.run_tests(PRODUCTION, {"SKIP_TESTS": "1"})

    assert raised.value.code is ExitCode.USAGE
    assert commands == []


@pytest.mark.parametrize("argument", ["--hotswap", "--no-rollback", "--rollback=false", "--express", "-R"])
def test_what_goes_around_the_gate_is_refused_where_it_matters(argument: str) -> None:
    with pytest.raises(OperatorError, match="is refused for production"):
        deploy.refuse_gate_breaking(PRODUCTION, [argument])

    deploy.refuse_gate_breaking(DEV, [argument])


def test_an_unknown_environment_is_one_line_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["acinaces", "deploy", "--env", "prodution"])

    with pytest.raises(SystemExit) as raised:
        cli.main()

    assert raised.value.code == ExitCode.USAGE
    assert "Did you mean 'production'?" in capsys.readouterr().err


def test_help_names_the_commands() -> None:
    result = CliRunner().invoke(cli.app, ["--help"])

    assert result.exit_code == 0
    assert "manifest" in result.output
    assert "deploy" in result.output
