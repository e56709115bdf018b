"""A copy of the project with the environments of the embedded cloud, in which the steps run as in a build."""

from __future__ import annotations

import shutil
from pathlib import Path

from local.edge.settings import AUTHORITY_FILE, EdgePorts
from local.pipeline.loopback_settings import rename_skipped, write_environments
from local.sources import files
from local.state import ROOT, StateDirectory

# Installed or built once for both.
_SHARED = (".venv", ".tools", "node_modules", ".build", "frontend/node_modules")


def make_workspace(folder: Path, *, port: int, edge: EdgePorts, state: StateDirectory) -> None:
    """Copies into `folder` what git knows, as it is now, and rewrites the environments in it."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in files():
        source = ROOT / name
        if source.is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    for name in _SHARED:
        (ROOT / name).mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to((ROOT / name).resolve())
    rename_skipped(folder / "delivery" / "delivery.toml")
    environments = folder / "environments"
    write_environments(ROOT / "environments", environments, port=port, edge=edge, authority=state.edge / AUTHORITY_FILE)
