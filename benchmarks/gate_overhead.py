"""What the check engine costs: 1,000 checks against a local server that waits 50 ms; a run against its slowest check.

Run with: .venv/bin/python -m benchmarks.gate_overhead
Exit code 1 when a limit is exceeded. The limits are those of the issues that the engine was made for.
"""

from __future__ import annotations

import asyncio
import math
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final
from urllib.parse import parse_qsl, urlsplit

CHECKS: Final = 1000
WAIT_S: Final = 0.05
MEMORY_LIMIT_MB: Final = 150
TIME_LIMIT: Final = 2.5
SLOWEST_LIMIT: Final = 1.5
IMPORT_LIMIT_MS: Final = 500
_ANSWER: Final = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"status":"ok"}'


async def serve() -> None:
    """Answers every GET after the seconds in its query; prints the port first."""

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                query = dict(parse_qsl(urlsplit(head.split(b" ", 2)[1].decode()).query))
                await asyncio.sleep(float(query.get("wait", WAIT_S)))
                writer.write(_ANSWER)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    listener = await asyncio.start_server(connection, "127.0.0.1", 0)
    print(listener.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


@contextmanager
def server() -> Iterator[str]:
    """The server in a process of its own, so that memory and time below are the engine's."""
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.gate_overhead", "serve"], stdout=subprocess.PIPE)
    assert process.stdout is not None  # noqa: S101
    try:
        yield f"http://localhost:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.wait()


def run(url: str, waits: Mapping[str, float], *, concurrency: int) -> tuple[float, list[int]]:
    """Seconds of a whole run, and milliseconds of each check. `waits`: name -> seconds that the answer takes."""
    from lambda_src.verification.aws import BotoAws
    from lambda_src.verification.engine import RunOptions, run_plan
    from lambda_src.verification.plan import ApiEndpointCheck, Plan, Targets

    checks = tuple(
        ApiEndpointCheck(
            name=name, group="api", category="health", path=f"/health?wait={wait_s}", public=True, remedy="None.",
            required={"status": "string"}, max_latency_ms=60_000,
        )
        for name, wait_s in waits.items()
    )  # fmt: skip
    plan = Plan(
        environment="local",
        targets=Targets(api_url=url, allow_loopback=True),
        concurrency=concurrency,
        consistency_window_s=0,
        checks=checks,
    )
    began = time.perf_counter()
    report = run_plan(plan, aws=BotoAws(), options=RunOptions(run_id="0123456789ab"))
    took_s = time.perf_counter() - began
    if report.counts["passed"] != len(checks):
        raise SystemExit(f"not all checks passed: {report.counts}; {report.checks[0].message}")
    return took_s, [result.duration_ms for result in report.checks]


def import_ms() -> float:
    """Milliseconds of processor time to import all that a run needs, in a fresh process; the best of three."""
    program = (
        "import time; t = time.process_time(); import lambda_src.verification.gate, lambda_src.verification.gate_run; "
        "print((time.process_time() - t) * 1000)"
    )
    runs = [subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True) for _ in "123"]
    return min(float(done.stdout) for done in runs)


def main() -> int:
    """Prints one line per figure; 1 when a limit is exceeded."""
    exceeded = False

    def show(what: str, value: float, limit: float, unit: str) -> None:
        nonlocal exceeded
        exceeded |= value > limit
        print(f"{what:<64} {value:8.2f} {unit:<2} (limit {limit:g}) {'exceeded' if value > limit else 'ok'}")

    show("import of the gate and its engine", import_ms(), IMPORT_LIMIT_MS, "ms")
    with server() as url:
        for concurrency in (16, 64):
            took_s, _ = run(url, {f"api/{number}": WAIT_S for number in range(CHECKS)}, concurrency=concurrency)
            ideal_s = math.ceil(CHECKS / concurrency) * WAIT_S
            show(
                f"{CHECKS} checks, {concurrency} at once: {took_s:.2f} s of {ideal_s:.2f} s",
                took_s / ideal_s,
                TIME_LIMIT,
                "x",
            )
        # A release's plan: about as many checks as run at once, the slowest several times slower than the others.
        waits = {f"api/{number}": 0.05 + 0.05 * (number % 8) for number in range(15)} | {"api/slowest": 0.8}
        took_s, durations = run(url, waits, concurrency=16)
        slowest_s = max(durations) / 1000
        show(
            f"a run of 16 checks against its slowest: {took_s:.2f} s of {slowest_s:.2f} s",
            took_s / slowest_s,
            SLOWEST_LIMIT,
            "x",
        )
    # Linux counts in KiB.
    show(
        "peak memory of the engine's process",
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        MEMORY_LIMIT_MB,
        "MB",
    )
    return int(exceeded)


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        asyncio.run(serve())
    else:
        sys.exit(main())
