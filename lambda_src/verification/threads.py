"""Blocking calls beside an event loop, in threads that can be left behind.

A pool's threads are joined when the loop or the process ends, so one hanging call would hold up the answer to
CloudFormation. Daemon threads are not: a call that outlives its deadline is abandoned with its thread.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def in_daemon_thread(function: Callable[[], T]) -> T:
    """Awaits `function()` run in a thread of its own; cancelling the await leaves the thread behind."""
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, problem: BaseException | None) -> None:
        if outcome.done():
            return
        if problem is not None:
            outcome.set_exception(problem)
        else:
            outcome.set_result(result)  # type: ignore[arg-type]

    def body() -> None:
        result: T | None = None
        problem: BaseException | None = None
        try:
            result = function()
        except BaseException as exc:  # noqa: BLE001 - handed over to the waiting side whatever it is
            problem = exc
        try:
            loop.call_soon_threadsafe(settle, result, problem)
        except RuntimeError:
            # The loop is closed: the run has ended and nobody waits for this call any more.
            return

    threading.Thread(target=body, name="verification-call", daemon=True).start()
    return await outcome


def call_with_timeout(function: Callable[[], T], *, timeout_s: float, what: str) -> T:
    """`function()` in a daemon thread, waited for at most `timeout_s` seconds. Raises TimeoutError naming `what`."""
    results: list[T] = []
    problems: list[BaseException] = []

    def body() -> None:
        try:
            results.append(function())
        except BaseException as exc:  # noqa: BLE001 - raised again in the calling thread
            problems.append(exc)

    thread = threading.Thread(target=body, name="verification-call", daemon=True)
    thread.start()
    thread.join(max(timeout_s, 0))
    if problems:
        raise problems[0]
    if not results:
        raise TimeoutError(f"{what} did not answer within {max(timeout_s, 0):.1f} s")
    return results[0]
