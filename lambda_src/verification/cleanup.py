"""Removing what checks created: by keys noted before the call that creates, and whatever the verdict.

Runs in plain threads and not in the engine's event loop, so it also works when a check has blocked that loop.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lambda_src.verification.verdicts import CleanupReport


@dataclass(frozen=True, kw_only=True)
class CleanupItem:
    """One thing to remove. `remove` blocks, is safe to repeat, and returns what it found and deleted."""

    what: str
    remove: Callable[[], Sequence[str]]


class Cleanup:
    """What a run must remove at its end."""

    def __init__(self) -> None:
        self._items: dict[str, CleanupItem] = {}

    def note(self, item: CleanupItem) -> None:
        """Notes `item` for removal; called before the thing is created. Noting it again changes nothing."""
        self._items.setdefault(item.what, item)

    def run(self, *, timeout_s: float) -> CleanupReport:
        """Removes everything at once, within `timeout_s` seconds; what is not confirmed by then is a leftover."""
        deleted: list[str] = []
        problems: dict[str, str] = dict.fromkeys(self._items, f"not confirmed within {timeout_s:g} s")

        def remove(item: CleanupItem) -> None:
            try:
                found = item.remove()
            except Exception as exc:  # noqa: BLE001 - whatever went wrong, it is a leftover to be listed
                problems[item.what] = str(exc) or type(exc).__name__
            else:
                deleted.extend(found)
                problems.pop(item.what, None)

        threads = [
            threading.Thread(target=remove, args=(item,), name="verification-cleanup", daemon=True)
            for item in self._items.values()
        ]
        for thread in threads:
            thread.start()
        ends_at = time.monotonic() + timeout_s
        for thread in threads:
            thread.join(max(ends_at - time.monotonic(), 0))
        # Copied: a thread left behind may still change the originals.
        left = [f"{what}: {problem}" for what, problem in list(problems.items())]
        return CleanupReport(deleted=tuple(sorted(deleted)), leftovers=tuple(sorted(left)))
