"""One command at a time per state folder; the second one hears who is at work, and since when."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from local.state import StateDirectory, read_json, write_json
from ops.errors import ExitCode, OperatorError


@contextmanager
def exclusive(state: StateDirectory, *, doing: str) -> Iterator[None]:
    """Hold the folder's lock while `doing` something. The system releases it when the process ends, however it ends.

    Raises:
        OperatorError: somebody else holds it (exit code 5).
    """
    state.path.mkdir(parents=True, exist_ok=True)
    holder = state.path / "lock.json"
    lock = FileLock(state.path / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        who = read_json(holder)
        raise OperatorError(
            f"`{who.get('doing', 'another command')}` has been at work here since {who.get('since', 'a moment ago')}"
            f" (process {who.get('pid', 'unknown')}); two at once would undo each other",
            error="somebody-at-work",
            next_step="wait for it to end, then run the command again",
            code=ExitCode.PRECONDITION,
        ) from error
    try:
        since = dt.datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
        write_json(holder, {"doing": doing, "pid": os.getpid(), "since": since})
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()
