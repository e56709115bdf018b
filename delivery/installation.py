"""What a step's machine installs before its commands: the locked packages by hash, and the pinned CDK."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from delivery.step import Needs, Step

_ROOT: Final = Path(__file__).resolve().parent.parent
_LISTS: Final = {
    Needs.RELEASE: "requirements.txt",
    Needs.ASSEMBLY: "requirements.txt",
    Needs.DEVELOPMENT: "requirements-dev.txt",
}
# The site's packages, and the emulator that the tests run on, in the virtual environment that `local.tools` names.
_DEVELOPMENT: Final = (
    "npm ci --silent --no-audit --no-fund --prefix frontend",
    "python3 -m venv .tools/emulator",
    ".tools/emulator/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-emulator.txt",
)


def install_commands(step: Step) -> list[str]:
    """For bash, in the project's folder. The path stays set for the commands that follow in the same shell."""
    return [
        "python3 -m venv .venv",
        f".venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r {_LISTS[step.needs]}",
        # Node 24 and npm have come with the packages.
        'export PATH="$PWD/.venv/bin:$PWD/node_modules/.bin:$PATH"',
        "npm ci --silent --no-audit --no-fund",
        *(_DEVELOPMENT if step.needs is Needs.DEVELOPMENT else []),
    ]


def run_command(step: Step, *, pipeline: str) -> str:
    """What runs the step's commands, here as in CodeBuild, and keeps how it went (`delivery.run`)."""
    return f"python -m delivery run {step.name} --pipeline {pipeline}"


def cdk_version() -> str:
    """The pinned CDK command line: a registry's `latest` may be an old build."""
    package = json.loads((_ROOT / "package.json").read_text(encoding="utf-8"))
    return str(package["dependencies"]["aws-cdk"])
