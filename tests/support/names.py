"""Names for tests: a DNS server on loopback whose records are a dictionary, and certificates on demand."""

from __future__ import annotations

import asyncio
import ssl
import tempfile
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

import dns.message
import dns.rcode

from local.edge.authority import Authority
from local.edge.responder import Responder
from local.edge.zones import Record, respond

# Enough for any client that a test calls old.
OLD_CIPHERS = "ALL:@SECLEVEL=0"


class NameServer:
    """`with NameServer(records) as server`; `records` may be changed at any time, `asked` counts the questions.

    `failing` is a response code that it gives to everything instead.
    """

    def __init__(self, records: Mapping[tuple[str, str], Record] | None = None) -> None:
        self.records = dict(records or {})
        # Called before each answer with the number of the question.
        self.before_answer: Callable[[int], None] = lambda _number: None
        self.failing: dns.rcode.Rcode | None = None
        self.asked = 0
        self.port = 0

    @property
    def address(self) -> str:
        """As a plan names it."""
        return f"127.0.0.1:{self.port}"

    def has(self, name: str, *values: str, kind: str = "A") -> None:
        """From now on it has this record."""
        self.records[name, kind] = Record(ttl=1, values=values)

    def __enter__(self) -> Self:
        started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(started)), daemon=True)
        self._thread.start()
        assert started.wait(5)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)

    def _answer(self, query: dns.message.Message) -> dns.message.Message:
        self.asked += 1
        self.before_answer(self.asked)
        if self.failing is not None:
            response = dns.message.make_response(query)
            response.set_rcode(self.failing)
            return response
        return respond(query, self.records, ())

    async def _serve(self, started: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        transport, _ = await self._loop.create_datagram_endpoint(
            lambda: Responder(self._answer), local_addr=("127.0.0.1", 0)
        )
        self.port = transport.get_extra_info("sockname")[1]
        started.set()
        await self._stop.wait()
        transport.close()


def server_context(authority: Authority, *names: str, days: int = 60) -> ssl.SSLContext:
    """The context of a server with a certificate of `authority` for `names`; `days` below zero: it has ended."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "certificate.pem"
        path.write_bytes(authority.issue(names, days=days))
        context.load_cert_chain(path)
    return context


def old_server_context(authority: Authority, *names: str, versions: Sequence[ssl.TLSVersion]) -> ssl.SSLContext:
    """A server that goes along with versions from the first to the last of `versions`, however old."""
    context = server_context(authority, *names)
    context.set_ciphers(OLD_CIPHERS)
    with warnings.catch_warnings():
        # Python deprecates what this server is for.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version, context.maximum_version = versions[0], versions[-1]
    return context
