"""Workers that nobody has called for a while are ended, as on AWS.

The emulator keeps the first worker of every published version for ever. A release publishes versions, so a morning of
releases would leave a process for each of them.
"""

from __future__ import annotations

import functools
import time
from typing import Any

# AWS reclaims idle environments after some minutes; it documents no number.
IDLE_LIMIT_S = 900.0


def install() -> None:
    """Extend the emulator's own reaper, which runs every 30 seconds."""
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    reap_surplus = lambda_svc.reap_idle_workers

    @functools.wraps(reap_surplus)
    def reap(*args: Any, **options: Any) -> int:
        reaped = int(reap_surplus(*args, **options))
        with lambda_runtime._lock:
            idle = take_idle(lambda_runtime._workers, now=time.time())
        lambda_runtime.kill_workers(idle)
        return reaped + len(idle)

    lambda_svc.reap_idle_workers = reap


def take_idle(workers: dict[str, list[Any]], *, now: float) -> list[Any]:
    """Take free workers that were idle for too long out of the pools, and return them. `now` is in epoch seconds."""
    idle = []
    for key, pool in list(workers.items()):
        kept = [worker for worker in pool if worker.in_use or now - worker.last_used < IDLE_LIMIT_S]
        idle += [worker for worker in pool if worker not in kept]
        if kept:
            workers[key] = kept
        else:
            del workers[key]
    return idle
