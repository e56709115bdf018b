"""How long a rollback of 12 functions takes without its verification, and how that grows to 60 functions.

    .venv/bin/python -m benchmarks.rollback

Limits: 5 s for 12 functions, and less than twice the time of 12 for 60. Medians of 3 runs on a bare emulator, each call
delayed as if AWS were far away: without that, one emulator on one core measures itself. The clock runs from the look at
what serves to the end in the journal, as a person waits for it.

In AWS, Lambda's control plane answers 15 calls a second: 60 functions then take what that allows.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from ops.errors import ExitCode
from ops.rollback.diary import read_chronicle
from ops.rollback.operation import Rollback
from ops.rollback.targets import plan
from ops.surroundings import Surroundings
from tests.support import emulator
from tests.support.rollbacks import World

FEW, MANY = 12, 60
RUNS = 3
LIMIT_S = 5.0
LIMIT_GROWTH = 2.0
# Seconds; what a call to Lambda or DynamoDB takes from another country.
DELAY_S = 0.15


class Silent:
    """Says nothing."""

    def step(self, name: str, outcome: str, problem: str = "") -> None:
        """A step has ended."""

    def warn(self, message: str) -> None:
        print(f"  ! {message}", file=sys.stderr)


def seconds(world: World) -> float:
    """One rollback of the backend."""
    around = Surroundings(world.environment)
    # Clients are made once per command; they are not what grows.
    for service in ("dynamodb", "lambda", "ssm"):
        around.client(service).meta.events.register("before-send", lambda **_: time.sleep(DELAY_S))
    began = time.perf_counter()
    chronicle = read_chronicle(around)
    work = Rollback(around, by="benchmark", progress=Silent(), verify=lambda *_: ("passed", ExitCode.OK))
    result = work.begin(plan(around, chronicle, scope="backend", wanted=None), chronicle, reason="benchmark")
    took = time.perf_counter() - began
    if result.done.moved != len(world.functions):
        raise SystemExit(f"{result.done.moved} of {len(world.functions)} aliases moved: {result.done.problems}")
    world.reset()
    return took


def measure(count: int) -> float:
    """The median time for `count` functions."""
    with tempfile.TemporaryDirectory() as directory, emulator.running(Path(directory)) as url:
        world = World(url, functions=tuple(f"local-crypto-trading-f{number}" for number in range(count)))
        os.environ.update(world.variables())
        world.build()
        seconds(world)
        return statistics.median(seconds(world) for _ in range(RUNS))


def main() -> None:
    few, many = measure(FEW), measure(MANY)
    growth = many / few
    print(f"rollback of {FEW} functions: {few:.2f} s (limit {LIMIT_S} s)")
    print(f"of {MANY}: {many:.2f} s, {growth:.1f} times as long (limit {LIMIT_GROWTH:.0f}; one by one would be 5)")
    sys.exit(0 if few < LIMIT_S and growth < LIMIT_GROWTH else 1)


if __name__ == "__main__":
    main()
