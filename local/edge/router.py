"""HTTP behind the edge's TLS: each request goes to the embedded cloud, under the name that the handshake was for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import aiohttp
from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from local.edge.certificates import DoorContext
from local.edge.front_doors import FrontDoor
from local.ports import HOST

# RFC 9110, 7.6.1: these speak of one connection, and not of the request.
_HOP_BY_HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_OWN: Final = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
# API Gateway gives up after 29 s.
_TIMEOUT: Final = aiohttp.ClientTimeout(total=60)
_PIECE: Final = 64 * 1024


class Router:
    """Handlers of the two listeners. `find` knows the doors and may block a moment; `upstream` is the cloud's port."""

    def __init__(
        self, *, find: Callable[[str], FrontDoor | None], upstream: int, https_port: int, client: aiohttp.ClientSession
    ) -> None:
        self._find = find
        self._upstream = f"http://{HOST}:{upstream}"
        self._https_port = https_port
        self._client = client

    async def encrypted(self, request: web.BaseRequest) -> web.StreamResponse:
        """A request over TLS."""
        tls = request.transport.get_extra_info("ssl_object") if request.transport else None
        context = tls.context if tls is not None else None
        if not isinstance(context, DoorContext) or _host(request) != context.host:
            # As CloudFront: one connection, one name.
            return web.Response(status=421, text="Misdirected Request\n")
        return await self._forward(request)

    async def plain(self, request: web.BaseRequest) -> web.StreamResponse:
        """A request without TLS: what the door's policy says."""
        door = self._find(_host(request))
        match door.plain_http if door else "closed":
            case "redirect":
                return self._redirect(request)
            case "forbid":
                return web.Response(status=403, text="Forbidden: HTTPS is needed\n")
            case "serve":
                return await self._forward(request)
        # Nobody listens there on AWS.
        if request.transport is not None:
            request.transport.close()
        return web.Response(status=421, text="Misdirected Request\n")

    def _redirect(self, request: web.BaseRequest) -> web.Response:
        name, colon, _port = request.host.partition(":")
        # A client that came to this port by its number finds the other one by its number too.
        place = f"{name}:{self._https_port}" if colon and _port != "80" else name
        # CloudFront keeps the method of a request with a body.
        status = 301 if request.method in ("GET", "HEAD") else 307
        return web.Response(status=status, headers={"Location": f"https://{place}{request.raw_path}"})

    async def _forward(self, request: web.BaseRequest) -> web.StreamResponse:
        if not request.raw_path.startswith("/"):
            return web.Response(status=400, text="Bad Request\n")
        headers = _end_to_end(request.headers)
        headers["X-Forwarded-For"] = request.remote or HOST
        headers["X-Forwarded-Proto"] = "https"
        headers["X-Forwarded-Port"] = "443"
        try:
            async with self._client.request(
                request.method,
                URL(self._upstream + request.raw_path, encoded=True),
                headers=headers,
                data=request.content if request.body_exists else None,
                allow_redirects=False,
                skip_auto_headers=_OWN,
                timeout=_TIMEOUT,
            ) as answer:
                return await _pass_on(request, answer)
        except TimeoutError:
            return web.Response(status=504, text="The embedded cloud did not answer in time\n")
        except aiohttp.ClientConnectionError as exc:
            return web.Response(status=502, text=f"The embedded cloud does not answer: {exc}\n")


async def _pass_on(request: web.BaseRequest, answer: aiohttp.ClientResponse) -> web.StreamResponse:
    """The answer, piece by piece as it comes."""
    response = web.StreamResponse(status=answer.status, reason=answer.reason, headers=_end_to_end(answer.headers))
    # The library would name itself and its version.
    response.headers.setdefault("Server", "edge")
    await response.prepare(request)
    if request.method != "HEAD":
        async for piece in answer.content.iter_chunked(_PIECE):
            await response.write(piece)
    await response.write_eof()
    return response


def _end_to_end(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    """The headers that travel on."""
    named = {name.strip().lower() for value in headers.getall("Connection", []) for name in value.split(",")}
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in _HOP_BY_HOP | named)


def _host(request: web.BaseRequest) -> str:
    return request.host.partition(":")[0].lower()
