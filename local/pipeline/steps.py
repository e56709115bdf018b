"""Running one step of the pipeline in the workspace, as a build would: the same command, the same verdict."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from delivery.checks import REPORTS
from delivery.installation import run_command
from delivery.step import Kind, Step
from local import sources
from local.state import ROOT, read_json, write_json

# A step that passed is not repeated for the same sources; the matrix takes as long as `make test`.
KEPT: Final = ROOT / ".build" / "pipeline-steps"
_EXCERPT: Final = 12


@dataclass(frozen=True, kw_only=True)
class Ran:
    """How a step ended here. `before`: it passed earlier for the same sources, and was not run again."""

    step: str
    passed: bool
    stops: bool
    seconds: float
    before: bool = False
    log: Path | None = None
    summary: str = ""

    def dump(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "step": self.step,
            "passed": self.passed,
            "stops": self.stops,
            "seconds": round(self.seconds, 1),
            "passed_before": self.before,
            "summary": self.summary or None,
        }

    def excerpt(self) -> list[str]:
        """The last lines of its output."""
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log else ""
        return [line for line in text.splitlines() if line.strip()][-_EXCERPT:]


def run(step: Step, *, pipeline: str, workspace: Path, logs: Path, variables: Mapping[str, str]) -> Ran:
    """Runs `step` in `workspace` with `variables`, its output in a log of its own."""
    log, started = logs / f"{step.name}.log", time.monotonic()
    command = ["bash", "-euo", "pipefail", "-c", run_command(step, pipeline=pipeline)]
    code = logged(command, folder=workspace, variables=variables, log=log, limit_s=step.timeout_min * 60)
    kept = read_json(workspace / REPORTS / f"{step.name}.json")
    summary = workspace / REPORTS / f"{step.name}.summary"
    return Ran(
        step=step.name,
        # What is only reported ends with 0 whatever it found.
        passed=code == 0 and bool(kept.get("passed")),
        stops=code != 0 or (step.kind is Kind.BLOCKING and not kept.get("passed")),
        seconds=time.monotonic() - started,
        log=log,
        summary=summary.read_text(encoding="utf-8").strip() if summary.is_file() else "",
    )


def logged(command: Sequence[str], *, folder: Path, variables: Mapping[str, str], log: Path, limit_s: float) -> int:
    """Runs `command` in `folder`, its output in `log`; returns its exit code."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        return subprocess.run(  # noqa: S603 - the pipeline's own commands
            list(command),
            cwd=folder,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=limit_s,
            check=False,
        ).returncode


def run_once(step: Step, *, pipeline: str, workspace: Path, logs: Path, variables: Mapping[str, str]) -> Ran:
    """As `run`, unless it has passed for the sources as they are now."""
    path = KEPT / f"{step.name}-{sources.digest()}.json"
    kept = read_json(path)
    if kept:
        return Ran(step=step.name, passed=True, stops=False, seconds=0.0, before=True, summary=kept.get("summary", ""))
    ran = run(step, pipeline=pipeline, workspace=workspace, logs=logs, variables=variables)
    if ran.passed:
        write_json(path, {"summary": ran.summary, "seconds": round(ran.seconds, 1)})
    return ran


def person_variables(search_path: str) -> dict[str, str]:
    """The person's own variables without AWS's, and the project's tools first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
    return {**kept, "PATH": os.pathsep.join(filter(None, [search_path, kept.get("PATH", "")]))}
