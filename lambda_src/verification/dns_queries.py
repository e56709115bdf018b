"""Questions to a DNS resolver, asked of a given server or of the system's. dnspython is imported on first use."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from typing import Any, Final

from lambda_src.verification.addresses import split_host_port
from lambda_src.verification.specs.dns import AddressRecord
from lambda_src.verification.threads import in_daemon_thread

DNS_PORT: Final = 53
# Seconds for one host of a whole run; a check's own questions take what its attempt has left.
_LOOKUP_S: Final = 5.0
# Kept back, so that "no answer" is said by us and not by whoever waits for us.
_SPARE_S: Final = 0.1
_TYPES: Final[tuple[AddressRecord, ...]] = ("A", "AAAA")


class Unresolved(Exception):
    """No address; the message says what the resolver answered instead."""


async def addresses(host: str, record_type: AddressRecord, *, resolver: str | None, timeout_s: float) -> list[str]:
    """The addresses in the A or AAAA records of `host`, CNAMEs followed.

    `resolver` is `address:port` of a DNS server; None is the system's. Raises Unresolved.
    """
    ends_at = time.monotonic() + timeout_s - _SPARE_S
    # In a thread, because the first import takes a noticeable part of a second.
    asked = await in_daemon_thread(lambda: _async_resolver(resolver))
    from dns.exception import DNSException

    try:
        answer = await asked.resolve(
            f"{host}.", record_type, lifetime=max(ends_at - time.monotonic(), 0.01), search=False
        )
    except (DNSException, OSError) as exc:
        raise _unresolved(exc, resolver) from None
    return [str(record.address) for record in answer]


class ServerLookup:
    """A `resolver.Lookup` that asks one DNS server instead of the system."""

    def __init__(self, resolver: str) -> None:
        self._resolver = resolver

    def __call__(self, host: str) -> Sequence[str]:
        """All addresses of `host`. Raises socket.gaierror, as the system's look-up does. Blocking."""
        import dns.resolver
        from dns.exception import DNSException

        asked = _configured(dns.resolver.Resolver, self._resolver)
        found: list[str] = []
        problem: Unresolved | None = None
        for record_type in _TYPES:
            try:
                answer = asked.resolve(f"{host}.", record_type, lifetime=_LOOKUP_S, search=False)
                found.extend(str(record.address) for record in answer)
            except (DNSException, OSError) as exc:
                problem = _unresolved(exc, self._resolver)
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, str(problem))
        return found


def _async_resolver(resolver: str | None) -> Any:
    import dns.asyncresolver

    return _configured(dns.asyncresolver.Resolver, resolver)


def _configured(kind: Any, resolver: str | None) -> Any:
    import dns.resolver

    try:
        made = kind(configure=resolver is None)
    except dns.resolver.NoResolverConfiguration as exc:
        raise Unresolved(f"the system names no resolver: {exc}") from None
    if resolver is not None:
        host, port = split_host_port(resolver, default_port=DNS_PORT)
        made.nameservers, made.port = [host], port
    return made


def _unresolved(problem: Exception, resolver: str | None) -> Unresolved:
    """What dnspython raised, in words."""
    import dns.resolver

    where = resolver or "the system's resolver"
    if isinstance(problem, dns.resolver.NXDOMAIN):
        return Unresolved(f"{where} answers NXDOMAIN")
    if isinstance(problem, dns.resolver.NoAnswer):
        return Unresolved(f"{where} has no record of this type")
    if isinstance(problem, dns.resolver.LifetimeTimeout):
        return Unresolved(f"{where} did not answer in time")
    if isinstance(problem, dns.resolver.NoNameservers):
        return Unresolved(f"{where} could not answer: {_codes(problem)}")
    return Unresolved(f"{where}: {problem}")


def _codes(problem: Any) -> str:
    """What each server said, e.g. `SERVFAIL`."""
    errors = problem.kwargs.get("errors") or []
    return ", ".join(dict.fromkeys(str(error[3])[:100] for error in errors)) or "no server is left"
