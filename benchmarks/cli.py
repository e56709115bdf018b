"""How long a person waits for `acinaces --help`, and for the help of the command with most options.

    .venv/bin/python -m benchmarks.cli

Limit: 0.4 s, median of 10 runs with warm files.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RUNS = 10
LIMIT_S = 0.4


def seconds(*arguments: str) -> float:
    """The median time of `acinaces ARGUMENTS`."""
    command = [str(ROOT / "bin" / "acinaces"), *arguments]
    subprocess.run(command, capture_output=True, check=True)
    taken = []
    for _ in range(RUNS):
        began = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def main() -> None:
    slow = False
    for arguments in (["--help"], ["validate", "--help"], ["--version"]):
        took = seconds(*arguments)
        slow = slow or took > LIMIT_S
        print(f"acinaces {' '.join(arguments)}: {took:.2f} s (limit {LIMIT_S} s)")
    sys.exit(1 if slow else 0)


if __name__ == "__main__":
    main()
