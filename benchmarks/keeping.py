"""How long the embedded cloud takes to stop with what it holds, and to be back where nothing has changed.

    make local
    .venv/bin/python -m benchmarks.keeping

Limit: 15 s until it is back, median of three; the whole command, Python's start included. It runs afterwards.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from local.cloud import EmbeddedCloud
from ops.embedded import STATE, STATE_VARIABLE

RUNS = 3
LIMIT_S = 15.0
FOLDER = Path(os.environ.get(STATE_VARIABLE) or STATE)


def seconds(*arguments: str) -> float:
    """How long `python -m local ARGUMENTS` takes; ends the benchmark where it fails."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "local", *arguments, "--state", str(FOLDER)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    if arguments[0] == "up" and "Nothing has changed" not in done.stderr:
        sys.exit("something was deployed: run it again")
    return time.perf_counter() - began


def main() -> None:
    cloud = EmbeddedCloud.find(FOLDER)
    if cloud is None:
        sys.exit("the embedded cloud does not run: make local")
    taken = [(seconds("down"), seconds("up", "--port", str(cloud.port))) for _ in range(RUNS)]
    down, up = (statistics.median(column) for column in zip(*taken, strict=True))
    kept = sum(file.stat().st_size for file in cloud.state.kept.rglob("*") if file.is_file())
    print(f"stopped and kept: {down:.1f} s, {kept / 1e6:.0f} MB; back: {up:.1f} s (limit {LIMIT_S:g} s)")
    sys.exit(1 if up > LIMIT_S else 0)


if __name__ == "__main__":
    main()
