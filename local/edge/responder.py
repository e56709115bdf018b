"""DNS by UDP on loopback, answered from the embedded Route 53."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, cast

import dns.exception
import dns.flags
import dns.message
import dns.rcode

log = logging.getLogger(__name__)
# A query -> what is answered; blocking.
Answering = Callable[[dns.message.Message], dns.message.Message]


class Responder(asyncio.DatagramProtocol):
    """One datagram, one answer; what is not a query is not answered."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._transport: asyncio.DatagramTransport | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where answers go out."""
        # Not by isinstance: the loops' own classes do not derive from the public one.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        """Answer beside the loop: reading the zones blocks."""
        task = asyncio.ensure_future(self._answer(data, addr))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, data: bytes, addr: tuple[Any, ...]) -> None:
        try:
            query = dns.message.from_wire(data)
        except dns.exception.DNSException:
            return
        if query.flags & dns.flags.QR:
            # An answer to an answer would never end.
            return
        try:
            response = await asyncio.to_thread(self._answering, query)
        except Exception as exc:  # noqa: BLE001 - whatever it is, the client is told that there is no answer
            log.warning("no answer for %s: %s", query.question, exc)
            response = dns.message.make_response(query)
            response.set_rcode(dns.rcode.SERVFAIL)
        if self._transport is not None:
            self._transport.sendto(response.to_wire(), addr)
