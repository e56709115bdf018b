"""`cdk synth -c pipeline=main`: time and memory of all environments together, and of one environment more.

    .venv/bin/python -m benchmarks.pipeline

The first run builds what is missing and is not counted. Limits: 45 s and 2 GB for all; the processor's
time that an environment adds stays within 30 %.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.synth import ROOT, variables
from environments.loader import DIRECTORY

RUNS = 3
LIMIT_S, LIMIT_MB, LIMIT_SPREAD = 45.0, 2000.0, 0.3


def synthesise(environments: Path, output: Path) -> float:
    """Seconds of one whole synthesis of the environments in a folder."""
    started = time.perf_counter()
    subprocess.run(
        [
            "cdk",
            "synth",
            "--quiet",
            "-c",
            "pipeline=main",
            "-c",
            "placeholders=read-only",
            "-c",
            f"environments={environments}",
            "--output",
            str(output),
        ],
        cwd=ROOT,
        env=variables(),
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - started


def processor_time(environments: Path, output: Path) -> float:
    """Seconds of processor of one synthesis: what an environment adds is small beside what a busy machine does."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    synthesise(environments, output)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def with_environments(folder: Path, count: int) -> Path:
    """A folder with `count` environments in the pipeline, all like staging: what differs is only how many."""
    target = folder / str(count)
    target.mkdir()
    text = (DIRECTORY / "staging.toml").read_text(encoding="utf-8")
    for index in range(count):
        changed = text.replace("order = 30", f"order = {index + 1}").replace("staging.acinaces", f"e{index}.acinaces")
        (target / f"e{index}x.toml").write_text(
            changed.replace("333333333333", f"3333333333{index:02}"), encoding="utf-8"
        )
    shutil.copy(DIRECTORY / "local.toml", target)
    return target


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        synthesise(DIRECTORY, folder / "out")
        all_of_them = sorted(synthesise(DIRECTORY, folder / "out") for _ in range(RUNS))
        # Kilobytes on Linux; the largest single process.
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        median = all_of_them[RUNS // 2]
        print(f"cdk synth -c pipeline=main: median {median:.1f} s of {RUNS}, limit {LIMIT_S:.0f} s")
        print(f"largest process: {peak:.0f} MB, limit {LIMIT_MB:.0f} MB")
        times = {count: processor_time(with_environments(folder, count), folder / "out") for count in (2, 4, 6)}
    early, late = (times[4] - times[2]) / 2, (times[6] - times[4]) / 2
    spread = abs(late - early) / early
    print(f"an environment more: {early:.1f} s of processor, then {late:.1f} s: {spread:.0%} apart, limit 30 %")
    if median > LIMIT_S or peak > LIMIT_MB or spread > LIMIT_SPREAD:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
