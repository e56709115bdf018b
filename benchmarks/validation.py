"""What the whole plan takes on the embedded cloud: as it runs, all checks at once, and one after another.

    make local && .venv/bin/python -m benchmarks.validation

Limits: at least 60 checks; at most 1.5 times the slowest check; at least 3 times faster than one after another where
the cloud is not the limit. The embedded cloud is: it works for the checks on the machine's own cores. So beside each
time stand the seconds of processor time that the cloud and the engine took for it; no run can be faster than their
sum divided by the cores. (How the engine does where nothing holds it up: `benchmarks.gate_overhead`.)
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import Final

import psutil

from environments import load_environment
from lambda_src.verification.plan import Plan
from lambda_src.verification.verdicts import Attempt, CheckResult, Report, count
from local.processes import ProcessRecord, running
from local.state import StateDirectory, read_json
from ops.embedded import STATE, STATE_VARIABLE, use_embedded_cloud
from ops.validate import Live, Watcher, choose, read_live, run

_MOST_AT_ONCE: Final = 256


class Silent(Watcher):
    """Nobody looks."""

    def attempt(self, name: str, number: int, last: Attempt | None) -> None:
        """Not told."""
        del name, number, last

    def result(self, result: CheckResult) -> None:
        """Not told."""
        del result


def timed(live: Live, plan: Plan, *, at_once: int) -> tuple[float, Report]:
    """Seconds of one run with `at_once` attempts under way at the same time, and its report."""
    plan = plan.model_copy(update={"concurrency": at_once, "total_deadline_s": 900})
    started = time.perf_counter()
    report = run(load_environment("local"), live, plan, Silent())
    return time.perf_counter() - started, report


def cloud_seconds() -> float:
    """Processor time, in seconds, that the processes of the embedded cloud have taken so far."""
    folder = StateDirectory(path=Path(os.environ.get(STATE_VARIABLE) or STATE))
    found = [
        running(ProcessRecord.parse(read_json(folder.processes).get(name))) for name in ("emulator", "redis", "edge")
    ]
    taken = 0.0
    for process in filter(None, found):
        for one in [process, *process.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                # The children's own part is what they took that have ended.
                times = one.cpu_times()
                taken += times.user + times.system + times.children_user + times.children_system
    return taken


def main() -> None:
    environment = load_environment("local")
    use_embedded_cloud(environment)
    live = read_live(environment)
    plan = choose(live.plan, groups=(), names=())
    timed(live, plan, at_once=plan.concurrency)
    for what, at_once in (
        (f"as it runs ({plan.concurrency} at once)", plan.concurrency),
        ("all at once", _MOST_AT_ONCE),
        ("one after another", 1),
    ):
        cloud, own = cloud_seconds(), time.process_time()
        seconds, report = timed(live, plan, at_once=at_once)
        cloud, own = cloud_seconds() - cloud, time.process_time() - own
        slowest = max(report.checks, key=lambda result: result.duration_ms)
        total = sum(result.duration_ms for result in report.checks) / 1000
        print(
            f"{what}: {seconds:.1f} s for {len(report.checks)} checks, {count(report.checks)}; slowest "
            f"{slowest.name} {slowest.duration_ms / 1000:.1f} s ({seconds * 1000 / slowest.duration_ms:.2f} x); "
            f"sum of all {total:.1f} s; processor time: the cloud {cloud:.1f} s, the engine {own:.1f} s, "
            f"so at least {(cloud + own) / (os.cpu_count() or 1):.1f} s on {os.cpu_count()} cores"
        )


if __name__ == "__main__":
    main()
