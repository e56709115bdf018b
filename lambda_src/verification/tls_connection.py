"""A verified TLS connection to a target of the plan, made to look at and closed again."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambda_src.verification.context import CheckContext
from lambda_src.verification.verdicts import CheckProblem

_SECONDS_A_DAY = 86400


@dataclass(frozen=True, kw_only=True)
class Served:
    """What was negotiated. `certificate` is that of `ssl.SSLSocket.getpeercert`."""

    protocol: str
    cipher: str
    certificate: Mapping[str, Any]
    latency_ms: int

    @property
    def days_left(self) -> int:
        """Whole days until the certificate ends."""
        return int((ssl.cert_time_to_seconds(self.certificate["notAfter"]) - time.time()) // _SECONDS_A_DAY)

    @property
    def names(self) -> list[str]:
        """The DNS names that the certificate is for."""
        return [value for kind, value in self.certificate.get("subjectAltName", ()) if kind == "DNS"]

    @property
    def issuer(self) -> str:
        """The issuer's common name, or organisation."""
        parts = {key: value for part in self.certificate.get("issuer", ()) for key, value in part}
        return str(parts.get("commonName") or parts.get("organizationName") or "")


async def served(context: CheckContext, host: str, port: int) -> Served:
    """What `host:port` serves to a client that verifies chain and name and speaks TLS 1.2 or better.

    Raises CheckProblem: failed for what does not verify, and (retried) where nobody answers.
    """
    where, started = f"{host}:{port}", time.perf_counter()
    try:
        async with asyncio.timeout(context.remaining_s):
            writer = await _open(context, host, port)
            try:
                tls = writer.get_extra_info("ssl_object")
                return Served(
                    protocol=str(tls.version()),
                    cipher=tls.cipher()[0],
                    certificate=tls.getpeercert(),
                    latency_ms=round((time.perf_counter() - started) * 1000),
                )
            finally:
                # Not closed politely: a server that never says goodbye must not hold up the check.
                writer.transport.abort()
    except TimeoutError:
        raise CheckProblem(f"{where}: no TLS handshake in time", retry=True) from None
    except ssl.SSLCertVerificationError as exc:
        raise CheckProblem(f"{where}: TLS: {exc.verify_message or exc}") from None
    except ssl.SSLError as exc:
        raise CheckProblem(f"{where}: TLS: {exc.reason or exc}") from None
    except OSError as exc:
        raise CheckProblem(f"{where}: no TLS connection: {reason_of(exc)}", retry=True) from None


def reason_of(problem: OSError) -> str:
    """Why there was no connection; asyncio says nothing where a server hangs up during the handshake."""
    return problem.strerror or str(problem) or "the server closed the connection"


async def _open(context: CheckContext, host: str, port: int) -> asyncio.StreamWriter:
    """A connection to the first endpoint that accepts one."""
    problem: OSError | None = None
    for endpoint in await context.http.endpoints(host, port):
        try:
            _, writer = await asyncio.open_connection(
                endpoint.address, endpoint.port, ssl=context.http.trust, server_hostname=host
            )
        except ssl.SSLError:
            raise
        except OSError as exc:
            problem = exc
        else:
            return writer
    raise problem or OSError("no address")
