"""A command in a process of its own that is killed, or interrupted, at a chosen call that changes something."""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

# Calls that change something, of the services that operations use.
CHANGES = frozenset(
    {
        "PutItem",
        "DeleteItem",
        "UpdateAlias",
        "DeleteFunction",
        "PutParameter",
        "DeleteParameter",
        "CopyObject",
        "DeleteObject",
        "CreateInvalidation",
        "UpdateResponseHeadersPolicy",
        "StartExecution",
        "Publish",
    }
)
When = Literal["before", "after"]


@dataclass(frozen=True, kw_only=True)
class Stop:
    """Where the process ends: at its `at`th change (from 1), before the call or after its answer."""

    at: int
    when: When = "before"
    by: signal.Signals = signal.SIGKILL


@dataclass(frozen=True, kw_only=True)
class Ended:
    """`code`: as a shell shows it, 128 + n for signal n. `changes`: the calls that were made, in their order."""

    code: int
    changes: list[str]
    output: str


def run(
    arguments: Sequence[str],
    *,
    variables: Mapping[str, str],
    directory: Path,
    stop: Stop | None = None,
    patches: Mapping[str, Any] | None = None,
) -> Ended:
    """Runs `acinaces ARGUMENTS` in a fork of this process, which has everything imported already.

    `patches`: dotted name -> what stands there in the fork.
    """
    output, calls = directory / "output", directory / "calls"
    output.unlink(missing_ok=True)
    calls.write_text("")
    child = os.fork()
    if child == 0:
        _become(arguments, variables, output, calls, stop, patches or {})
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return Ended(
        code=128 - code if code < 0 else code,
        changes=calls.read_text().split(),
        output=output.read_text(encoding="utf-8"),
    )


def _become(
    arguments: Sequence[str],
    variables: Mapping[str, str],
    output: Path,
    calls: Path,
    stop: Stop | None,
    patches: Mapping[str, Any],
) -> None:
    """The child: never returns."""
    code = 70
    try:
        with output.open("wb", buffering=0) as file:
            for number in (1, 2):
                os.dup2(file.fileno(), number)
        sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115 - as long as the process
        os.environ.update(variables)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for name, value in patches.items():
            module, _, attribute = name.rpartition(".")
            setattr(sys.modules[module], attribute, value)
        _count(calls, stop)
        sys.argv = ["acinaces", *arguments]
        from ops import cli

        cli.main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:  # noqa: BLE001 - shown to the test
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _count(calls: Path, stop: Stop | None) -> None:
    """Writes down every change, and ends the process at the one that `stop` names."""
    from botocore.client import BaseClient

    make, lock, made = BaseClient._make_api_call, threading.Lock(), 0  # type: ignore[attr-defined]
    log = os.open(calls, os.O_WRONLY | os.O_APPEND)

    def die() -> None:
        assert stop is not None
        os.kill(os.getpid(), stop.by)

    def counted(self: Any, operation: str, parameters: Any) -> Any:
        nonlocal made
        if operation not in CHANGES:
            return make(self, operation, parameters)
        with lock:
            made += 1
            mine = stop is not None and made == stop.at
            os.write(log, f"{operation}\n".encode())
            if mine and stop is not None and stop.when == "before":
                die()
        answer = make(self, operation, parameters)
        if mine and stop is not None and stop.when == "after":
            die()
        return answer

    BaseClient._make_api_call = counted  # type: ignore[attr-defined]
