"""Running npm and the site's build: bounded in time, output kept, one clear error."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from frontend_deploy.errors import SiteBuildError
from frontend_deploy.node import Node

_TAIL_LINES = 25


@dataclass(frozen=True, kw_only=True)
class Step:
    """One command. `repeat` is what a person types to run it; `timeout_s` in seconds."""

    title: str
    arguments: Sequence[str]
    repeat: str
    timeout_s: float


def run(step: Step, *, frontend: Path, log: Path, node: Node) -> None:
    """Runs `step` in `frontend` with its output in `log`.

    Raises:
        SiteBuildError: it failed or took too long; the message has the log's last lines and the command.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - fixed arguments
            [str(node.executable), *step.arguments],
            cwd=frontend,
            env=_environment(node, os.environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # A group of its own: Next.js starts workers, and none may outlive this call.
            start_new_session=True,
        )
        try:
            code = process.wait(step.timeout_s)
        except subprocess.TimeoutExpired as error:
            raise _failure(step, f"took longer than {step.timeout_s:g} s", log) from error
        finally:
            _end_group(process)
    if code != 0:
        raise _failure(step, f"ended with code {code}", log)


def _environment(node: Node, inherited: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment with the project's Node first, without telemetry and without npm's chatter."""
    return {
        **inherited,
        "PATH": os.pathsep.join([str(node.executable.parent), inherited.get("PATH", os.defpath)]),
        "NEXT_TELEMETRY_DISABLED": "1",
        "NO_COLOR": "1",
        # A company network's own certificate authority is trusted as far as the machine trusts it.
        "NODE_USE_SYSTEM_CA": "1",
        "npm_config_audit": "false",
        "npm_config_fund": "false",
        "npm_config_update_notifier": "false",
    }


def _end_group(process: subprocess.Popen[bytes]) -> None:
    # Nobody left (macOS refuses where only the ended leader is left): nothing to end.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _failure(step: Step, what: str, log: Path) -> SiteBuildError:
    lines = log.read_text(encoding="utf-8", errors="replace").rstrip().splitlines()
    tail = "\n".join(f"  {line}" for line in lines[-_TAIL_LINES:]) or "  (no output)"
    return SiteBuildError(f"{step.title} {what}:\n{tail}\nWhole log: {log}\nRun it again: {step.repeat}")
