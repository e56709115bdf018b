"""One answer for several checks: what many of them ask for at the same moment is asked once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Final, TypeVar

T = TypeVar("T")

# Seconds. Shorter than the pause before a further attempt gets soon, so that a retry sees something new.
FRESH_S: Final = 0.4


class SharedAnswers:
    """One per run. Answers are remembered for a moment only, problems not at all."""

    def __init__(self) -> None:
        self._tasks: dict[Hashable, asyncio.Task[Any]] = {}
        self._answered_at: dict[Hashable, float] = {}

    async def get(self, key: Hashable, ask: Callable[[], Awaitable[T]], *, fresh_s: float = FRESH_S) -> T:
        """The answer to `key`: the one that is on its way, one of the last `fresh_s` seconds, or that of `ask()`.

        Raises what `ask()` raises, for everybody who waits for it.
        """
        task = self._tasks.get(key)
        if task is None or (task.done() and not self._is_fresh(key, task, fresh_s)):
            task = asyncio.ensure_future(self._asked(key, ask))
            # Those who wait may all have been cancelled when a problem comes.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._tasks[key] = task
        # Whoever asked first may run out of time before the others do.
        answer: T = await asyncio.shield(task)
        return answer

    async def _asked(self, key: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
        answer = await ask()
        self._answered_at[key] = time.monotonic()
        return answer

    def _is_fresh(self, key: Hashable, task: asyncio.Task[Any], fresh_s: float) -> bool:
        succeeded = not task.cancelled() and task.exception() is None
        return succeeded and time.monotonic() - self._answered_at[key] <= fresh_s
