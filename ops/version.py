"""Which version this is: the project's, and the commit that is checked out."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent


def version() -> str:
    """E.g. `0.1.0 (4f2a9c1)`; without the commit where there is no git."""
    number = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    found = commit()
    return f"{number} ({found})" if found else str(number)


def commit() -> str:
    """The short hash of what is checked out, with `-dirty` when files differ from it; empty without git."""
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--exclude", "*"],  # noqa: S607 - the person's own git
            cwd=_ROOT,
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
