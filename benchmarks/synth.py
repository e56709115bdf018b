"""`cdk synth -c env=production`: time, memory, and where the time goes.

    .venv/bin/python -m benchmarks.synth [ENVIRONMENT]

The first run builds the layer and the site if they are missing and is not counted. Limits: 12 s, 1.2 GB.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNS = 3
# Runs in a process of its own, so that imports are counted from nothing.
PHASES = """
import sys, time
started = time.perf_counter()
import stacks
import aws_cdk as cdk
import json
from pathlib import Path
from environments import load_environment
from stacks.artifacts import build_artifacts
from stacks.compliance import add_compliance_checks
from stacks.platform import Platform
imported = time.perf_counter()
root = Path.cwd()
environment = load_environment(sys.argv[1])
app = cdk.App(outdir=sys.argv[2], context=json.loads((root / "cdk.json").read_text())["context"])
Platform(app, environment=environment, artifacts=build_artifacts(root, environment))
add_compliance_checks(app)
constructed = time.perf_counter()
app.synth()
done = time.perf_counter()
print(f"{imported - started:.2f} {constructed - imported:.2f} {done - constructed:.2f}")
"""


def command_line(environment: str, output: str) -> float:
    """Seconds of one whole `cdk synth`."""
    started = time.perf_counter()
    subprocess.run(
        ["cdk", "synth", "--quiet", "-c", f"env={environment}", "--output", output],
        cwd=ROOT,
        env=variables(),
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - started


def variables() -> dict[str, str]:
    """The project's own tools first."""
    tools = [ROOT / ".venv" / "bin", ROOT / "node_modules" / ".bin"]
    path = os.pathsep.join([*map(str, tools), os.environ["PATH"]])
    return {**os.environ, "PATH": path}


def main() -> None:
    environment = sys.argv[1] if len(sys.argv) > 1 else "production"
    with tempfile.TemporaryDirectory() as output:
        command_line(environment, output)
        times = sorted(command_line(environment, output) for _ in range(RUNS))
        phases = subprocess.run(
            [sys.executable, "-c", PHASES, environment, output],
            cwd=ROOT,
            env=variables(),
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()
    # Kilobytes on Linux; the largest single process (Node, which holds the construct tree).
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    imported, constructed, synthesised = (float(phase) for phase in phases[-3:])
    print(f"cdk synth -c env={environment}: median {times[len(times) // 2]:.1f} s, max {times[-1]:.1f} s of {RUNS}")
    print(f"largest process: {peak:.0f} MB")
    print(f"in app.py: import {imported:.1f} s, construction {constructed:.1f} s, synthesis {synthesised:.1f} s")


if __name__ == "__main__":
    main()
