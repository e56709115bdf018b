"""Processes by identity: a process id alone may belong to somebody else after a crash or a restart."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

# Seconds between what a record says and what the system says about the start of one process.
_CLOCK_TOLERANCE = 1.0
# Enough for what holds nothing that must be saved.
GRACE_S = 2.0
_POLL_S = 0.02


@dataclass(frozen=True, kw_only=True)
class ProcessRecord:
    """One process: its id and when it started, in epoch seconds."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> ProcessRecord:
        """The record of a running process."""
        return cls(pid=pid, started=psutil.Process(pid).create_time())

    @classmethod
    def parse(cls, value: object) -> ProcessRecord | None:
        """A record read from a file; None if it is not one."""
        if not isinstance(value, dict) or not isinstance(value.get("pid"), int):
            return None
        started = value.get("started")
        return cls(pid=value["pid"], started=float(started)) if isinstance(started, int | float) else None

    def dump(self) -> dict[str, Any]:
        """For a file."""
        return asdict(self)


def running(record: ProcessRecord | None) -> psutil.Process | None:
    """The recorded process if it still runs, and is not another one with the same id."""
    if record is None:
        return None
    try:
        process = psutil.Process(record.pid)
        same = abs(process.create_time() - record.started) < _CLOCK_TOLERANCE
        return process if same and _is_alive(process) else None
    except psutil.Error:
        return None


def spawn(
    command: Sequence[str], *, environment: Mapping[str, str], folder: Path, log: Path
) -> subprocess.Popen[bytes]:
    """Start a process that outlives this one, in a session of its own, with its output in `log`.

    The previous log stays beside it, with `.1` added.
    """
    if log.exists():
        os.replace(log, log.with_name(log.name + ".1"))
    with log.open("wb") as output:
        return subprocess.Popen(  # noqa: S603 - our own commands
            list(command),
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def stop(processes: Iterable[psutil.Process | None], *, grace_s: float = GRACE_S) -> None:
    """End the processes and all that they have started: asked first, killed after `grace_s` seconds."""
    family: list[psutil.Process] = []
    for process in processes:
        if process is not None:
            try:
                family += [process, *process.children(recursive=True)]
            except psutil.NoSuchProcess:
                continue
    for process in family:
        try:
            process.terminate() if grace_s else process.kill()
        except psutil.NoSuchProcess:
            continue
    alive = _still_there(family, after_s=grace_s)
    for process in alive:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    _still_there(alive, after_s=grace_s)


def _still_there(family: Sequence[psutil.Process], *, after_s: float) -> list[psutil.Process]:
    """Those that have not ended `after_s` seconds from now; one that waits to be collected has ended."""
    deadline = time.monotonic() + after_s
    while True:
        alive = [process for process in family if _is_alive(process)]
        if not alive or time.monotonic() > deadline:
            return alive
        time.sleep(_POLL_S)


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def belonging_to(temporary: Path) -> list[psutil.Process]:
    """Own processes with this folder for temporary files, or at work below it: what a killed command leaves behind."""
    folder = str(temporary.resolve())
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd().startswith(folder + os.sep) or process.environ().get("TMPDIR") == folder:
                found.append(process)
        except (psutil.Error, OSError):
            continue  # not ours to look at, or already gone
    return found
