"""The command line as a whole: quick to start, the same errors and conventions everywhere, phases of a deployment."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from ops.cli import command_line, main
from ops.phases import Phases
from tests.support.commands import Leaf, leaves

ROOT = Path(__file__).resolve().parents[2]
# What makes a command slow to start; none of it is needed to print help.
HEAVY = ("boto3", "botocore", "pydantic", "aiohttp", "environments", "lambda_src")
COMMANDS = pytest.mark.parametrize("leaf", leaves(), ids=lambda leaf: leaf.name)
# Commands that change something say what they would change, and can be told not to ask.
CHANGES = {
    "accept-permissions",
    "bootstrap",
    "deploy",
    "rollback backend",
    "rollback frontend",
    "rollback release",
    "rollback settle",
    "emergency-stop",
    "resume",
    "prune",
    "hold set",
    "hold clear",
    "secrets populate",
    "recover application",
    "secrets rotate",
}


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ops", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **variables},
    )


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from ops import cli\n"
        "try:\n    cli.app(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stderr.strip() == "[]"
    for name in command_line().commands:
        assert name in done.stdout


def test_every_command_is_in_a_panel_and_its_first_line_is_short() -> None:
    root = command_line()
    for name, command in root.commands.items():
        assert command.rich_help_panel in ("Look (changes nothing)", "Release", "Operate"), name
    for leaf in leaves():
        first = (leaf.command.help or "").split("\n\n")[0]
        assert first.endswith("."), leaf.name
        assert len(first) <= 110, f"{leaf.name}: the list of commands shows this line: {first}"


@COMMANDS
def test_every_option_is_explained(leaf: Leaf) -> None:
    for option in leaf.options():
        assert option.help, f"{leaf.name}: {option.opts[0]} has no help"


@COMMANDS
def test_what_changes_something_asks_and_can_be_tried(leaf: Leaf) -> None:
    assert leaf.has("--yes") == leaf.has("--dry-run"), leaf.name
    assert leaf.has("--yes") or leaf.name not in CHANGES


@pytest.mark.parametrize("leaf", [leaf for leaf in leaves() if leaf.has("--env")], ids=lambda leaf: leaf.name)
def test_f45_an_unknown_environment_is_one_error_with_the_right_name(
    leaf: Leaf, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # In this process: thirty times half a second of imports would be too much.
    monkeypatch.setattr("sys.argv", ["acinaces", *leaf.arguments(env="stagin")])
    monkeypatch.setattr("sys.stdin", io.StringIO())

    with pytest.raises(SystemExit) as ended:
        main()

    shown = capsys.readouterr()
    assert ended.value.code == 2, shown.err
    assert shown.out == ""
    error, fix, more = shown.err.splitlines()
    assert error.startswith("acinaces: unknown environment 'stagin'")
    assert "Did you mean 'staging'?" in error
    assert fix == "next: ls environments/"
    assert more == "more: docs/generated/runbook.md#environment-file"


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["validat"], "Did you mean 'validate'?"),
        (["doctor", "--en", "local"], "Did you mean '--env'?"),
        (["doctor"], "one of dev, local, production, staging, test"),
        (["manifest", "--outptu", "x"], "Did you mean '--output'?"),
    ],
)
def test_a_mistyped_command_or_option_suggests_the_right_one(arguments: list[str], meant: str) -> None:
    done = run(*arguments)

    assert (done.returncode, done.stdout) == (2, "")
    first, following, more = done.stderr.splitlines()
    assert meant in first
    assert following.startswith("next: acinaces ")
    assert more.endswith("#wrong-usage")


def test_an_error_with_json_is_one_object() -> None:
    done = run("doctor", "--env", "stagin", "--json")

    assert (done.returncode, done.stderr) == (2, "")
    assert json.loads(done.stdout)["error"]["code"] == "environment-file"


def test_no_colour_and_no_boxes_where_nobody_looks() -> None:
    done = run("doctor", "--env", "stagin", NO_COLOR="1")
    assert "\x1b" not in done.stderr + done.stdout


def test_version_names_number_and_commit() -> None:
    assert run("--version").stdout.startswith("acinaces 0.1.0")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("acinaces val", "validate"),
        ("acinaces doctor --env sta", "staging"),
        ("acinaces doctor --e", "--env"),
        ("acinaces secrets rotate kra", "kraken"),
    ],
)
def test_the_shell_completes_commands_options_and_environments(typed: str, offered: str) -> None:
    words = typed.split(" ")
    done = run(_ACINACES_COMPLETE="complete_bash", COMP_WORDS=typed, COMP_CWORD=str(len(words) - 1))
    assert offered in done.stdout.split()


def test_phases_are_listed_also_when_one_fails() -> None:
    output = io.StringIO()

    def deploy() -> None:
        with Phases(Console(file=output)) as phases:
            with phases.phase("testing") as phase:
                phase.note = "left out"
            with phases.phase("deployment"):
                raise RuntimeError("stopped")

    with pytest.raises(RuntimeError):
        deploy()

    assert output.getvalue().splitlines() == ["✓ testing  0 s  left out", "✗ deployment  0 s"]
