"""The machine: versions of what a deployment needs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from ops.doctor.findings import Finding, failed, passed, warned
from ops.doctor.surroundings import Surroundings

ROOT = Path(__file__).resolve().parents[2]
_PYTHON = (3, 11)
# Seconds; cdk takes one to start.
_LIMIT_S = 15.0
_SETUP = "make setup"


def python(_around: Surroundings) -> Finding:
    """The interpreter that runs this."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] < _PYTHON:
        return failed("python", f"Python {version}; 3.11 or newer is needed", "make setup PYTHON=python3.11")
    return passed("python", f"Python {version}")


def node(_around: Surroundings) -> Finding:
    """The Node that runs CDK and builds the site."""
    needed = int(re.sub(r"\D", "", _package()["engines"]["node"]))
    found = version_of(["node", "--version"])
    if found is None:
        return failed("node", "Node is not installed", _SETUP)
    if int(found.split(".")[0]) < needed:
        return failed("node", f"Node {found}; {needed} or newer is needed", _SETUP)
    return passed("node", f"Node {found}")


def cdk(_around: Surroundings) -> Finding:
    """The CDK command line: exactly the pinned one, because a registry's `latest` may be years old."""
    wanted = str(_package()["dependencies"]["aws-cdk"])
    found = version_of(["cdk", "--version"])
    if found is None:
        return failed("cdk", "the CDK command line is not installed", _SETUP)
    if found != wanted:
        return failed("cdk", f"cdk {found}; this project is pinned to {wanted}", _SETUP)
    return passed("cdk", f"cdk {found}")


def git(around: Surroundings) -> Finding:
    """Git, which says what commit is released."""
    found = version_of(["git", "--version"])
    if found is None:
        return warned("git", "git is not installed: the manifest will not know the commit", "install git")
    status = _run(["git", "status", "--porcelain", "--untracked-files=no"])
    if status is None:
        return warned("git", "this is no git repository: the manifest will not know the commit", "git clone")
    if status.strip() and around.environment.protected:
        return warned("git", f"git {found}; there are changes that are in no commit", "git stash, or git commit")
    return passed("git", f"git {found}")


def version_of(command: list[str]) -> str | None:
    """The first version number that a command prints; None if it cannot be run."""
    output = _run(command)
    match = re.search(r"\d+\.\d+(\.\d+)?", output or "")
    return match.group() if match else None


def _run(command: list[str]) -> str | None:
    tools = [str(Path(sys.prefix) / "bin"), str(ROOT / "node_modules" / ".bin")]
    path = os.pathsep.join([*tools, os.environ.get("PATH", "")])
    try:
        done = subprocess.run(  # noqa: S603 - fixed commands
            command,
            cwd=ROOT,
            env={**os.environ, "PATH": path, "CDK_DISABLE_VERSION_CHECK": "true"},
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _package() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    return found
