"""The folder that holds everything about one embedded cloud: process ids, logs, temporary files, the last result."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DEFAULT = ROOT / ".local"


@dataclass(frozen=True, kw_only=True)
class StateDirectory:
    """Paths below one folder; nothing outside it is ever removed."""

    path: Path = DEFAULT

    @property
    def logs(self) -> Path:
        """Logs of the emulator, of Redis and of cdk; they stay after `down`."""
        return self.path / "logs"

    @property
    def temporary(self) -> Path:
        """The emulator's TMPDIR: unpacked functions and layers."""
        return self.path / "tmp"

    @property
    def redis(self) -> Path:
        """Redis's working folder."""
        return self.path / "redis"

    @property
    def edge(self) -> Path:
        """The edge's certificate authority; it stays after `down`, for whoever has come to trust it."""
        return self.path / "edge"

    @property
    def assembly(self) -> Path:
        """What synthesis writes; apart from `cdk.out`, so that a synthesis at the same time is not in the way."""
        return self.path / "cdk.out"

    @property
    def cdk_home(self) -> Path:
        """cdk's own cache."""
        return self.path / "cdk-home"

    @property
    def environments(self) -> Path:
        """A copy of `environments/` with another port, where one is asked for."""
        return self.path / "environments"

    @property
    def live(self) -> Path:
        """What the running emulator holds: services and objects; see `local.keeping`."""
        return self.path / "live"

    @property
    def kept(self) -> Path:
        """What comes back at the next start."""
        return self.path / "kept"

    @property
    def deployed(self) -> Path:
        """What the last finished `up` was made from, and the stacks as it left them."""
        return self.path / "deployed.json"

    @property
    def processes(self) -> Path:
        """The processes that run for this cloud."""
        return self.path / "processes.json"

    @property
    def clients(self) -> Path:
        """The environment variables of AWS clients of this cloud; `ops.embedded` reads them."""
        return self.path / "clients.json"

    @property
    def release(self) -> Path:
        """The last finished `up`."""
        return self.path / "release.json"

    def create(self) -> None:
        """Make the folders, for this user only."""
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o700)
        for folder in (self.logs, self.temporary, self.redis):
            folder.mkdir(parents=True, exist_ok=True)

    def end(self) -> None:
        """Remove what belongs to processes that have ended; unpacked layers are found again by their content."""
        for path in self.temporary.glob("*"):
            if path.name == "layers":
                continue
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
        shutil.rmtree(self.redis, ignore_errors=True)
        for file in (self.processes, self.clients):
            file.unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove everything but the logs, the edge's authority, the lock and what is kept."""
        self.end()
        for folder in (self.temporary, self.assembly, self.environments, self.cdk_home):
            shutil.rmtree(folder, ignore_errors=True)
        for file in (self.release, self.deployed):
            file.unlink(missing_ok=True)


def read_json(path: Path) -> dict[str, Any]:
    """The object in `path`; empty if it is missing, half written or not an object."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write an object as JSON; see `write_text`."""
    write_text(path, json.dumps(value, indent=2) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write `path` in one step, readable by this user only: a crash leaves the old content or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(temporary, path)
