"""Listeners that should not be there: a short, fixed list of well-known ports, on hosts of the plan only."""

from __future__ import annotations

import asyncio
from typing import Final

from lambda_src.verification.context import CheckContext
from lambda_src.verification.specs.security import OpenPortsCheck
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict

# Administration, databases, caches, queues, development servers; and the two that are meant to be open.
PORTS: Final[dict[int, str]] = {
    21: "FTP",
    22: "SSH",
    23: "Telnet",
    25: "SMTP",
    80: "HTTP",
    443: "HTTPS",
    1433: "SQL Server",
    2375: "Docker",
    3000: "development server",
    3306: "MySQL",
    3389: "RDP",
    5432: "PostgreSQL",
    5900: "VNC",
    6379: "Redis",
    8080: "HTTP, alternative",
    8443: "HTTPS, alternative",
    9200: "Elasticsearch",
    11211: "Memcached",
    27017: "MongoDB",
}
_AT_ONCE: Final = 8


async def run(spec: OpenPortsCheck, context: CheckContext) -> Observation:
    """Passed when something listens on an allowed port and nothing on the others."""
    if spec.skip_reason:
        return Observation(verdict=Verdict.SKIPPED, message=spec.skip_reason)
    slots = asyncio.Semaphore(_AT_ONCE)
    # One answer for all ports: the address is judged, and then used.
    addresses = await context.http.addresses_of(spec.host)

    async def is_open(port: int) -> bool:
        async with slots:
            return await _connects(addresses[0], port, timeout_s=spec.connect_timeout_s)

    ports = sorted({*PORTS, *spec.allowed})
    found = [port for port, listens in zip(ports, await asyncio.gather(*map(is_open, ports)), strict=True) if listens]
    evidence = {"host": spec.host, "probed": ports, "open": found}
    if not set(found) & set(spec.allowed):
        # Nothing at all was reached: then silence on the others says nothing.
        raise CheckProblem(
            f"{spec.host} listens on none of {', '.join(map(str, spec.allowed))}; the others cannot be judged",
            verdict=Verdict.ERROR,
            retry=True,
        )
    unexpected = [f"{port} ({PORTS[port]})" for port in found if port not in spec.allowed]
    if unexpected:
        return Observation(
            verdict=Verdict.FAILED, message=f"{spec.host} also listens on {', '.join(unexpected)}", evidence=evidence
        )
    shown = " and ".join(map(str, found))
    return Observation(
        verdict=Verdict.PASSED, message=f"{spec.host} listens on {shown}, of {len(ports)} ports", evidence=evidence
    )


async def _connects(address: str, port: int, *, timeout_s: float) -> bool:
    try:
        async with asyncio.timeout(timeout_s):
            _, writer = await asyncio.open_connection(address, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
