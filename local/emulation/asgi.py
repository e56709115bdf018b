"""What the layers in front of the emulator share: the types of ASGI, and reading and answering a request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def header(scope: Scope, name: bytes) -> str:
    """The first header of that name (lower case); empty if there is none."""
    return next((str(value.decode("latin-1")) for key, value in scope.get("headers", []) if key.lower() == name), "")


def host_of(scope: Scope) -> str:
    """The request's Host without port, in lower case."""
    name, colon, port = header(scope, b"host").rpartition(":")
    return (name if colon and port.isdigit() else header(scope, b"host")).lower()


async def body_of(receive: Receive) -> bytes:
    """The whole request body."""
    chunks = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body", False):
            return b"".join(chunks)


def replayed(body: bytes, receive: Receive) -> Receive:
    """Gives the body that was read as one message, and then what else comes."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> MutableMapping[str, Any]:
        return messages.pop() if messages else await receive()

    return again


async def respond(send: Send, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """One whole answer."""
    named = {**headers, "Content-Length": str(len(body))}
    sent = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in named.items()]
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": body})
