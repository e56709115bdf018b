"""What a cloud holds, on disk: `live` while it runs, `kept` what was saved whole and comes back.

The emulator writes into `live`. Once it has saved all of it, `live` becomes `kept`, or is linked into it while the
emulator goes on (it replaces files, and never writes into them). A `live` without the mark of a whole save is what a
killed emulator leaves; it is dropped.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from local.edge.settings import EdgePorts
from local.emulation.paths import SAVED_MARK
from local.state import ROOT, StateDirectory, read_json, write_json

_CLOUD = "cloud.json"


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What kept state is bound to: resources name these ports, and another emulator may not read it."""

    port: int
    redis_port: int
    emulator: str
    edge_ports: dict[str, int] | None = None

    @classmethod
    def read(cls, state: StateDirectory) -> Kept | None:
        """Of the kept state; None if there is none."""
        _recover(state)
        try:
            return cls(**read_json(state.kept / _CLOUD))
        except TypeError:
            return None

    @property
    def edge(self) -> EdgePorts | None:
        """Where the edge listened."""
        return EdgePorts.parse(self.edge_ports)


def begin(state: StateDirectory, kept: Kept) -> None:
    """Make `live` from what is kept, bound to `kept`."""
    shutil.rmtree(state.live, ignore_errors=True)
    if state.kept.is_dir():
        shutil.copytree(state.kept, state.live, copy_function=os.link)
    for folder in (state.live / "services", state.live / "objects"):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    state.live.chmod(0o700)
    (state.live / SAVED_MARK).unlink(missing_ok=True)
    write_json(state.live / _CLOUD, asdict(kept))


def keep(state: StateDirectory) -> None:
    """Link what the running emulator has just saved."""
    partial = state.kept.with_suffix(".new")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(state.live, partial, copy_function=os.link)
    _replace(state, partial)
    (state.live / SAVED_MARK).unlink(missing_ok=True)


def settle(state: StateDirectory) -> bool:
    """Once the emulator has ended: what it saved is kept, what it did not is dropped. Returns whether it saved."""
    saved = (state.live / SAVED_MARK).is_file()
    if saved:
        _replace(state, state.live)
    shutil.rmtree(state.live, ignore_errors=True)
    return saved


def drop(state: StateDirectory) -> None:
    """Nothing is kept any longer."""
    for folder in (state.live, state.kept, *_besides(state)):
        shutil.rmtree(folder, ignore_errors=True)


def put_aside(state: StateDirectory, name: str) -> Path:
    """Move what is kept out of the way; returns where it is."""
    aside = state.path / f"kept-{name}"
    shutil.rmtree(aside, ignore_errors=True)
    os.replace(state.kept, aside)
    return aside


def kept_at(state: StateDirectory) -> str:
    """When it was saved, for a person; empty if nothing is kept."""
    try:
        at = (state.kept / SAVED_MARK).stat().st_mtime
    except OSError:
        return ""
    return datetime.fromtimestamp(at).astimezone().isoformat(sep=" ", timespec="seconds")


def emulator_release() -> str:
    """The emulator's pinned release: the one that can read what it has written."""
    lines = (ROOT / "requirements-emulator.txt").read_text(encoding="utf-8").splitlines()
    return next(line.split()[0] for line in lines if line.startswith("ministack=="))


def _replace(state: StateDirectory, folder: Path) -> None:
    """`folder` becomes what is kept; a crash between the two steps is put right by `_recover`."""
    old = state.kept.with_suffix(".old")
    shutil.rmtree(old, ignore_errors=True)
    if state.kept.is_dir():
        os.replace(state.kept, old)
    os.replace(folder, state.kept)
    shutil.rmtree(old, ignore_errors=True)


def _recover(state: StateDirectory) -> None:
    old = state.kept.with_suffix(".old")
    if old.is_dir() and not state.kept.is_dir():
        os.replace(old, state.kept)


def _besides(state: StateDirectory) -> list[Path]:
    return [path for path in state.path.glob("kept*") if path.is_dir()]


def sizes(state: StateDirectory) -> dict[str, Any]:
    """What is kept, and how many bytes, by folder."""
    folders = [folder for folder in (state.live, *_besides(state)) if folder.is_dir()]
    return {folder.name: sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) for folder in folders}
