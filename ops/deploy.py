"""A deployment as people start it: the tests first, then `cdk deploy` of all stacks, then the manifest."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from environments import Environment
from ops.errors import ExitCode, OperatorError

ROOT = Path(__file__).resolve().parent.parent
# The process that waits for what it starts: by it, the cloud on a laptop knows what a killed command has left.
PARENT_VARIABLE = "ACINACES_PARENT"
# Each of them goes around the gate or leaves a failed release standing (DESIGN's gate, point 8).
_GATE_BREAKING = ("--hotswap", "--hotswap-fallback", "--no-rollback", "--express", "--rollback=false", "-R")


def refuse_gate_breaking(environment: Environment, arguments: Sequence[str]) -> None:
    """Refuses what defeats the gate where the environment is protected (FAULTS F35).

    Raises:
        OperatorError: with exit code 2.
    """
    used = [
        argument for argument in arguments if argument.split("=")[0] in _GATE_BREAKING or argument in _GATE_BREAKING
    ]
    if used and environment.protected:
        raise OperatorError(
            f"{used[0]} is refused for {environment.name}: a failed release could not put itself back",
            error="gate-bypass-refused",
            next_step=f"make deploy ENV={environment.name}",
            code=ExitCode.USAGE,
        )


def run_tests(environment: Environment, variables: Mapping[str, str]) -> bool:
    """Runs the backend's and the site's tests; False when they were left out on request (SKIP_TESTS=1).

    Raises:
        OperatorError: a test fails (exit code 1), or leaving them out is not allowed (exit code 2).
    """
    if variables.get("SKIP_TESTS", "") not in ("", "0"):
        if environment.name == "production":
            raise OperatorError(
                "SKIP_TESTS is refused for production",
                error="skip-tests-refused",
                next_step="make deploy ENV=production",
                code=ExitCode.USAGE,
            )
        return False
    for what, command in (
        ("backend", [sys.executable, "-m", "pytest", "-q", "-n", "2", "tests/unit", "tests/property"]),
        ("site", ["npm", "test", "--prefix", "frontend", "--silent"]),
    ):
        if run(command):
            raise OperatorError(
                f"the {what}'s tests fail; nothing was deployed",
                error="tests-failed",
                next_step="mend them (the output above names them) and deploy again",
                code=ExitCode.CHECK_FAILED,
            )
    return True


def cdk_deploy(environment: Environment, arguments: Sequence[str]) -> None:
    """`cdk deploy --all` for the environment, with its output as it comes.

    Raises:
        OperatorError: CloudFormation or synthesis failed; what was released before still serves.
    """
    command = ["cdk", "deploy", "--all", "-c", f"env={environment.name}", *arguments]
    if run(command):
        raise OperatorError(
            f"the deployment of {environment.name} failed; the release that was live before has been put back",
            error="deployment-failed",
            next_step="read the first failed resource above; a gate failure names its report",
        )


def cdk_diff(environment: Environment, arguments: Sequence[str]) -> None:
    """Shows what a deployment would change.

    Raises:
        OperatorError: synthesis failed, or what is deployed could not be read.
    """
    if run(["cdk", "diff", "-c", f"env={environment.name}", *arguments]):
        raise OperatorError(
            f"what a deployment of {environment.name} would change could not be worked out",
            error="synthesis-failed",
            next_step=f"make synth ENV={environment.name}",
        )


def run(command: Sequence[str], *, quiet: bool = False) -> int:
    """Runs `command` from the project's folder with its own tools first on the path; returns the exit code.

    Its output is progress, and goes to standard error; when `quiet`, only if it fails.
    """
    done = _started(command, stdout=subprocess.PIPE if quiet else 2, stderr=subprocess.STDOUT if quiet else None)
    if quiet and done.returncode:
        sys.stderr.write(done.stdout)
    return done.returncode


def output_of(command: Sequence[str]) -> str:
    """What `command`, run as by `run`, prints on standard output.

    Raises:
        OperatorError: it failed.
    """
    done = _started(command, stdout=subprocess.PIPE, stderr=None)
    if done.returncode:
        raise OperatorError(
            f"{' '.join(command[:2])} failed with exit code {done.returncode}",
            error="tool-missing",
            next_step="make setup, then look at what it printed above",
        )
    return done.stdout


def _started(command: Sequence[str], *, stdout: int, stderr: int | None) -> subprocess.CompletedProcess[str]:
    tools = [str(Path(sys.prefix) / "bin"), str(ROOT / "node_modules" / ".bin")]
    path = os.pathsep.join([*tools, os.environ.get("PATH", "")])
    try:
        return subprocess.run(  # noqa: S603 - fixed commands
            list(command),
            cwd=ROOT,
            env={**os.environ, "PATH": path, PARENT_VARIABLE: str(os.getpid())},
            stdout=stdout,
            stderr=stderr,
            text=True,
            errors="replace",
            check=False,
        )
    except FileNotFoundError as error:
        raise OperatorError(
            f"{command[0]} is not installed",
            error="tool-missing",
            next_step="make setup",
            code=ExitCode.PRECONDITION,
        ) from error
