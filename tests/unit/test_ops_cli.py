"""The command line as a whole: quick to start, the same errors everywhere, phases of a deployment."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from ops.phases import Phases

ROOT = Path(__file__).resolve().parents[2]
# What makes a command slow to start; none of it is needed to print help.
HEAVY = ("boto3", "botocore", "pydantic", "aiohttp", "environments", "lambda_src")


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from ops import cli\n"
        "try:\n    cli.app(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stderr.strip() == "[]"
    for command in ("doctor", "bootstrap", "deploy", "validate", "manifest"):
        assert command in done.stdout


@pytest.mark.parametrize("command", ["doctor", "validate", "deploy", "manifest", "bootstrap"])
def test_f45_an_unknown_environment_is_two_lines_and_exit_code_2(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ops", command, "--env", "stagin"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert done.stdout == ""
    error, fix, more = done.stderr.splitlines()
    assert error.startswith("acinaces: unknown environment 'stagin'")
    assert "Did you mean 'staging'?" in error
    assert fix == "next: ls environments/"
    assert more == "more: docs/generated/runbook.md#environment-file"


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
