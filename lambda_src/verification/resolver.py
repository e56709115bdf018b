"""Names to addresses for aiohttp: maps `connect_to`, refuses addresses that no check may reach, asks once.

aiohttp connects to exactly the addresses that this returns, so a name cannot be checked as one address and used as
another (DNS rebinding).
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiohttp.abc import AbstractResolver, ResolveResult

from lambda_src.verification.addresses import is_loopback_host, parse_address, refusal, split_host_port
from lambda_src.verification.plan import Targets
from lambda_src.verification.threads import in_daemon_thread
from lambda_src.verification.verdicts import CheckProblem, Verdict

# Blocking: host -> addresses as text; raises socket.gaierror. Replaceable, to ask a given server.
Lookup = Callable[[str], Sequence[str]]

# Short, so that retries see DNS change; long enough that a thousand requests do not ask a thousand times.
_KEEP_S = 5.0


class TargetRefused(CheckProblem):
    """The target is not one that the plan allows: failed, and waiting does not mend it."""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where to connect."""

    address: str
    port: int


def system_lookup(host: str) -> list[str]:
    """Asks the system's resolver."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedResolver(AbstractResolver):
    """See the module's description. One per run."""

    def __init__(self, targets: Targets, *, lookup: Lookup = system_lookup) -> None:
        self._targets = targets
        self._lookup = lookup
        self._connect_to = {
            split_host_port(source, default_port=443): split_host_port(target, default_port=443)
            for source, target in targets.connect_to.items()
        }
        self._known: dict[str, tuple[float, asyncio.Future[list[str]]]] = {}

    async def endpoints(self, host: str, port: int) -> list[Endpoint]:
        """Where connections to `host:port` go.

        Raises TargetRefused where any of the addresses is not allowed, CheckProblem (error) where there is none.
        """
        connect_host, connect_port = self._connect_to.get((host.lower(), port), (host, port))
        addresses = await self._addresses(connect_host)
        for text in addresses:
            address = parse_address(text)
            reason = (
                refusal(address, allow_loopback=self._targets.allow_loopback)
                if address
                else f"{text!r} is not an IP address"
            )
            if reason:
                raise TargetRefused(f"{connect_host} was refused: {reason}")
        return [Endpoint(address=text, port=connect_port) for text in addresses]

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 - aiohttp's signature; both are offered
    ) -> list[ResolveResult]:
        """aiohttp's side of `endpoints`."""
        return [
            ResolveResult(
                hostname=host,
                host=endpoint.address,
                port=endpoint.port,
                family=socket.AF_INET6 if ":" in endpoint.address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for endpoint in await self.endpoints(host, port)
        ]

    async def close(self) -> None:
        """Nothing is held open."""

    async def _addresses(self, host: str) -> list[str]:
        if parse_address(host) is not None:
            return [host.strip("[]")]
        if is_loopback_host(host):
            # RFC 6761: never asked of DNS; many systems resolve `localhost` alone and not the names below it.
            return ["127.0.0.1"]
        now = time.monotonic()
        known = self._known.get(host)
        if known is None or now - known[0] > _KEEP_S or _has_failed(known[1]):
            known = (now, asyncio.ensure_future(self._ask(host)))
            # Looked at here, or asyncio complains on stderr when every attempt that waited has been cancelled.
            known[1].add_done_callback(_has_failed)
            self._known[host] = known
        # Shielded: one attempt that runs out of time must not cancel the question for the others.
        return await asyncio.shield(known[1])

    async def _ask(self, host: str) -> list[str]:
        try:
            found = await in_daemon_thread(lambda: list(self._lookup(host)))
        except OSError as exc:
            raise self._unknown_name(host, str(exc.strerror or exc)) from None
        if not found:
            raise self._unknown_name(host, "no address")
        return found

    def _unknown_name(self, host: str, reason: str) -> CheckProblem:
        record = self._targets.expected_records.get(host, f"an A or AAAA record for {host} in its hosted zone")
        return CheckProblem(
            f"{host} does not resolve ({reason}); expected record: {record}", verdict=Verdict.ERROR, retry=True
        )


def _has_failed(future: asyncio.Future[list[str]]) -> bool:
    return future.done() and (future.cancelled() or future.exception() is not None)
