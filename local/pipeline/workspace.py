"""A copy of the project with the environments of the embedded cloud, in which the steps run as in a build."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

from local.edge.settings import AUTHORITY_FILE, EdgePorts
from local.pipeline.loopback_settings import rename_skipped, write_environments
from local.state import ROOT, StateDirectory

# Installed or built once for both.
_SHARED = (".venv", ".tools", "node_modules", ".build", "frontend/node_modules")


def make_workspace(folder: Path, *, port: int, edge: EdgePorts, state: StateDirectory) -> None:
    """Copies into `folder` what git knows, as it is now, and rewrites the environments in it."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in _files():
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


def sources_digest() -> str:
    """Of all that git knows, as it is now: 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for name in _files():
        path = ROOT / name
        if path.is_file():
            digest.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _files() -> list[str]:
    """Committed, or new and not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout  # noqa: S603
    return sorted(name for name in listed.split("\0") if name)
