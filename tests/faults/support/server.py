"""A small HTTP server on loopback that misbehaves on command. One thread, one event loop, any number of connections."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a client sent. Header names are lower-case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


Writer = asyncio.StreamWriter
# What to do with a request on an open connection.
Behaviour = Callable[[Request, Writer], Awaitable[None]]


def answer(
    status: int = 200, body: bytes | str | Any = b"", *, headers: Mapping[str, str] | None = None, wait_s: float = 0
) -> Behaviour:
    """Answers properly, after `wait_s` seconds; a body that is neither text nor bytes is sent as JSON."""
    given = {"Content-Type": "application/json"} if not isinstance(body, bytes | str) else {}
    content = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    head = _head(status, {**given, "Content-Length": str(len(content)), **(headers or {})})

    async def behave(_request: Request, writer: Writer) -> None:
        if wait_s:
            await asyncio.sleep(wait_s)
        writer.write(head + (b"" if status == 204 else content))

    return behave


def redirect(location: str, status: int = 302) -> Behaviour:
    """Sends the client elsewhere."""
    return answer(status, b"", headers={"Location": location})


async def hang(_request: Request, _writer: Writer) -> None:
    """Never answers; ends when the server stops."""
    await asyncio.Event().wait()


def drip(every_s: float, *, total: int = 1_000_000, status: int = 200) -> Behaviour:
    """Answers one byte at a time."""

    async def behave(_request: Request, writer: Writer) -> None:
        writer.write(_head(status, {"Content-Type": "application/json", "Content-Length": str(total)}))
        for _ in range(total):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(every_s)

    return behave


def endless(*, declared: int | None = None, status: int = 200) -> Behaviour:
    """Sends a body for as long as somebody reads it; `declared` is its Content-Length."""

    async def behave(_request: Request, writer: Writer) -> None:
        length = {"Content-Length": str(declared)} if declared is not None else {"Connection": "close"}
        writer.write(_head(status, {"Content-Type": "application/json", **length}))
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    return behave


async def reset(_request: Request, writer: Writer) -> None:
    """Closes the connection without an answer."""
    writer.transport.abort()


def raw(content: bytes) -> Behaviour:
    """Sends bytes that may not be HTTP at all, and closes."""

    async def behave(_request: Request, writer: Writer) -> None:
        writer.write(content)
        await writer.drain()
        writer.close()

    return behave


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """One after the other, one per request; the last one stays."""
    waiting = list(behaviours)

    async def behave(request: Request, writer: Writer) -> None:
        await (waiting.pop(0) if len(waiting) > 1 else waiting[0])(request, writer)

    return behave


@dataclass
class Server:
    """`with Server() as server`; routes are set at any time, `received` is what came in."""

    default: Behaviour = field(default_factory=lambda: answer(404, {"title": "not here"}))
    tls: ssl.SSLContext | None = None
    # Sent at once to whoever connects, before the connection is closed.
    greeting: bytes = b""
    routes: dict[tuple[str, str], Behaviour] = field(default_factory=dict)
    received: list[Request] = field(default_factory=list)
    port: int = 0

    def on(self, method: str, path: str, behaviour: Behaviour) -> None:
        """From now on requests of `path` (without query) get `behaviour`."""
        self.routes[(method, path)] = behaviour

    def asked(self, method: str, path: str) -> int:
        """How many such requests came in."""
        return sum(1 for request in self.received if (request.method, request.path) == (method, path))

    @property
    def url(self) -> str:
        """The server's origin, by name."""
        return f"{'https' if self.tls else 'http'}://localhost:{self.port}"

    def __enter__(self) -> Self:
        started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(started)), daemon=True)
        self._thread.start()
        assert started.wait(5)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)

    async def _serve(self, started: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        listener = await asyncio.start_server(self._connection, "127.0.0.1", 0, ssl=self.tls)
        self.port = listener.sockets[0].getsockname()[1]
        started.set()
        await self._stop.wait()
        listener.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        try:
            writer.write(self.greeting)
            while not self.greeting and (request := await _read(reader, writer)):
                self.received.append(request)
                await self.routes.get((request.method, request.path), self.default)(request, writer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader, writer: Writer) -> Request | None:
    try:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except asyncio.IncompleteReadError:
        return None
    method, target, _ = lines[0].split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:] if line)}
    if headers.get("expect") == "100-continue":
        # boto3 waits a second for this before it sends a body.
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    parts = urlsplit(target)
    return Request(method=method, path=parts.path, query=dict(parse_qsl(parts.query)), headers=headers, body=body)


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
