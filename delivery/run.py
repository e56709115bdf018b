"""Running one step: its commands, its role, its verdict as a file; the same in CodeBuild and on a laptop."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from delivery.checks import REPORTS
from delivery.step import Kind, Step

ROOT: Final = Path(__file__).resolve().parent.parent
# Which role CodeBuild's own takes before the commands run; absent on a laptop, whose clients have credentials.
ROLE_VARIABLE: Final = "ACINACES_ROLE"
_PROFILE: Final = "step"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a step ended. `exit_code`: of the first command that failed, or 0."""

    step: Step
    exit_code: int
    seconds: float

    @property
    def passed(self) -> bool:
        return self.exit_code == 0

    @property
    def stops(self) -> bool:
        """Whether nothing may follow."""
        return not self.passed and self.step.kind is Kind.BLOCKING

    def dump(self) -> dict[str, object]:
        """For a file, and for people who count."""
        step = self.step
        return {
            "step": step.name,
            "phase": step.phase.value,
            "kind": step.kind.value,
            "critical": step.critical,
            "passed": self.passed,
            "exit_code": self.exit_code,
            "seconds": round(self.seconds, 1),
        }


def run_step(step: Step, *, variables: Mapping[str, str] = os.environ, folder: Path = ROOT) -> Outcome:
    """Runs the commands in `folder`, their output as it comes; writes `reports/NAME.json` there."""
    (folder / REPORTS).mkdir(exist_ok=True)
    started, exit_code = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as private:
        environment = {**variables, **_credentials(variables, Path(private))}
        for command in step.commands:
            exit_code = subprocess.run(  # noqa: S603 - the pipeline's own commands
                ["bash", "-euo", "pipefail", "-c", command],  # noqa: S607 - bash is where the system has it
                cwd=folder,
                env=environment,
                check=False,
            ).returncode
            if exit_code:
                break
    outcome = Outcome(step=step, exit_code=exit_code, seconds=time.monotonic() - started)
    path = folder / REPORTS / f"{step.name}.json"
    path.write_text(json.dumps(outcome.dump(), indent=2) + "\n", encoding="utf-8")
    if step.kind is Kind.REPORTED:
        summary = f"{step.name}: {'passed' if outcome.passed else 'FAILED'}\n"
        path.with_suffix(".summary").write_text(summary, encoding="utf-8")
    return outcome


def tell(outcome: Outcome) -> None:
    """One line on standard error."""
    step = outcome.step
    verdict = "passed" if outcome.passed else f"failed (exit code {outcome.exit_code})"
    goes_on = "" if outcome.passed or outcome.stops else ": critical, and it does not stop the pipeline"
    sys.stderr.write(f"{step.name}: {verdict} after {outcome.seconds:.0f} s{goes_on}\n")


def _credentials(variables: Mapping[str, str], private: Path) -> dict[str, str]:
    """A profile that takes the role with the credentials that are there, which boto3 renews by itself."""
    role = variables.get(ROLE_VARIABLE)
    if not role:
        return {}
    path = private / "config"
    # CodeBuild's are the container's; GitHub's action puts its own into the variables.
    source = "Environment" if variables.get("AWS_ACCESS_KEY_ID") else "EcsContainer"
    path.write_text(f"[profile {_PROFILE}]\nrole_arn = {role}\ncredential_source = {source}\n", encoding="utf-8")
    return {"AWS_CONFIG_FILE": str(path), "AWS_PROFILE": _PROFILE}
