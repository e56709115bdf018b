"""Running a program of the project, with its own tools first on the path."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class CouldNotRunError(Exception):
    """A step gave no answer; the message says why, in one line. Never the same as a step that found something."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """How a program ended, and what it printed."""

    code: int
    stdout: str
    stderr: str

    @property
    def last_line(self) -> str:
        """The last thing that it said: what most programs end an error with."""
        said = (self.stderr.strip() or self.stdout.strip()).splitlines()
        # npm's last line names a log file; the reason is above it.
        lines = [line for line in said if line.strip() and "A complete log of this run" not in line]
        return lines[-1].strip()[:300] if lines else f"exit code {self.code}"

    def tail(self, lines: int = 30) -> str:
        """The last lines of all that it printed."""
        return "\n".join(f"{self.stdout}\n{self.stderr}".strip().splitlines()[-lines:])


def run(
    command: Sequence[str],
    *,
    timeout_s: float,
    cwd: Path = ROOT,
    variables: Mapping[str, str] | None = None,
    stdin: str | None = None,
) -> Done:
    """Runs `command` and waits; whatever it started ends with it.

    Raises:
        CouldNotRunError: it is not installed, or took longer than `timeout_s`.
    """
    tools = [str(Path(sys.prefix) / "bin"), str(ROOT / "node_modules" / ".bin")]
    environment = {**os.environ, **(variables or {})}
    environment["PATH"] = os.pathsep.join([*tools, os.environ.get("PATH", "")])
    try:
        process = subprocess.Popen(  # noqa: S603 - fixed commands
            list(command),
            cwd=cwd,
            env=environment,
            encoding="utf-8",
            # A picture among the files is no reason to stop.
            errors="replace",
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except FileNotFoundError as error:
        raise CouldNotRunError(f"{Path(command[0]).name} is not installed: make setup setup-pr") from error
    try:
        stdout, stderr = process.communicate(stdin, timeout=timeout_s)
    except BaseException as error:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        if isinstance(error, subprocess.TimeoutExpired):
            raise CouldNotRunError(f"{Path(command[0]).name} took longer than {timeout_s:.0f} s") from error
        raise
    return Done(code=process.returncode, stdout=stdout, stderr=stderr)
