"""What the whole plan takes on the embedded cloud: as it runs, all checks at once, and one after another.

    make local && .venv/bin/python -m benchmarks.validation

Limits: at least 60 checks; at most 1.5 times the slowest check; at least 3 times faster than one after another. The
embedded cloud answers from two cores, so "one after another" is given twice: as measured, and as the sum of what each
check took while it had the cloud for itself.
"""

from __future__ import annotations

import time
from typing import Final

from environments import load_environment
from lambda_src.verification.plan import Plan
from lambda_src.verification.verdicts import Attempt, CheckResult, Report, count
from ops.embedded import use_embedded_cloud
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
        seconds, report = timed(live, plan, at_once=at_once)
        slowest = max(report.checks, key=lambda result: result.duration_ms)
        total = sum(result.duration_ms for result in report.checks) / 1000
        print(
            f"{what}: {seconds:.1f} s for {len(report.checks)} checks, {count(report.checks)}; slowest "
            f"{slowest.name} {slowest.duration_ms / 1000:.1f} s ({seconds * 1000 / slowest.duration_ms:.2f} x); "
            f"sum of all {total:.1f} s"
        )


if __name__ == "__main__":
    main()
