"""How long a person waits for `acinaces status`, and for the list of releases, on the embedded cloud that runs.

    make local
    .venv/bin/python -m benchmarks.status

Limit: 2 s, median of 10 runs with warm files; the whole command, Python's start included.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RUNS = 10
LIMIT_S = 2.0
# Good, or not as it should be: both are an answer.
ANSWERED = (0, 1)


def seconds(*arguments: str) -> float:
    """The median time of `acinaces ARGUMENTS`; ends the benchmark where there is no cloud to ask."""
    command = [str(ROOT / "bin" / "acinaces"), *arguments, "--env", "local"]
    taken = []
    for run in range(RUNS + 1):
        began = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode not in ANSWERED:
            sys.exit(done.stderr)
        # The first one warms the files.
        taken += [time.perf_counter() - began] if run else []
    return statistics.median(taken)


def main() -> None:
    slow = False
    for arguments in (["status"], ["status", "--json"], ["releases"]):
        took = seconds(*arguments)
        slow = slow or took > LIMIT_S
        print(f"acinaces {' '.join(arguments)}: {took:.2f} s (limit {LIMIT_S:g} s)")
    sys.exit(1 if slow else 0)


if __name__ == "__main__":
    main()
