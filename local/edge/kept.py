"""A value that is read again when it is older than a moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """Calls `read` at most once in `keep_s` seconds, whichever thread asks."""

    def __init__(self, read: Callable[[], T], *, keep_s: float) -> None:
        self._read = read
        self._keep_s = keep_s
        self._lock = threading.Lock()
        self._value: tuple[float, T] | None = None

    def value(self) -> T:
        """The value, read now or a moment ago. Raises what `read` raises; nothing older is given instead."""
        with self._lock:
            if self._value is None or time.monotonic() - self._value[0] > self._keep_s:
                self._value = None
                value = self._read()
                self._value = (time.monotonic(), value)
            return self._value[1]
