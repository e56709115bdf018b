"""`python -m local` as a person uses it, in a state folder of its own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from environments.loader import DIRECTORY
from local.state import ROOT, StateDirectory


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a command ended, and what it printed."""

    code: int
    output: str
    errors: str


@dataclass(frozen=True, kw_only=True)
class Laptop:
    """A state folder, a port and a folder of environments of their own."""

    port: int
    state: StateDirectory
    environments: Path

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """`python -m local ARGUMENTS --state …`, running."""
        command = [sys.executable, "-m", "local", *arguments, "--state", str(self.state.path)]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *arguments: str) -> Ended:
        """`python -m local ARGUMENTS --state …`, ended."""
        return _ended(self.start(*arguments))

    def start_up(self) -> subprocess.Popen[str]:
        """Bringing it up, running."""
        return self.start(*self._up)

    def up(self) -> Ended:
        """Brings it up, answering in JSON."""
        return self.run(*self._up)

    def up_twice(self) -> tuple[Ended, Ended]:
        """Two at once: the one that came first, and the one that found it at work."""
        process = self.start(*self._up)
        while not (self.state.path / "lock.json").exists():
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
        late = self.up()
        assert process.poll() is None, "the first one was over before the second one came"
        return _ended(process), late

    @property
    def _up(self) -> tuple[str, ...]:
        return ("up", "--port", str(self.port), "--environments", str(self.environments), "--json")


@dataclass(frozen=True, kw_only=True)
class FirstUp:
    """The first time that a cloud was brought up: how it ended, and how another attempt at the same time did."""

    ended: Ended
    at_the_same_time: Ended

    @property
    def result(self) -> dict[str, Any]:
        """What it printed."""
        assert self.ended.code == 0, self.ended.errors[-4000:]
        result: dict[str, Any] = json.loads(self.ended.output)
        return result


def impatient_environments(target: Path) -> Path:
    """A copy of the environments in `target` that waits less for consistency: nothing propagates on loopback."""
    target.mkdir(parents=True)
    for path in DIRECTORY.glob("*.toml"):
        text = re.sub(r"consistency_window_s = \d+", "consistency_window_s = 2", path.read_text(encoding="utf-8"))
        (target / path.name).write_text(text, encoding="utf-8")
    return target


def _ended(process: subprocess.Popen[str]) -> Ended:
    output, errors = process.communicate(timeout=500)
    return Ended(code=process.returncode, output=output, errors=errors)
