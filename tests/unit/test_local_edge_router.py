"""The edge's listeners in front of a server that stands for the embedded cloud."""

from __future__ import annotations

import asyncio
import http.client
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import aiohttp
import pytest
from aiohttp import web

from lambda_src.verification.client_hello import client_hello, read_answer
from lambda_src.verification.specs.tls import WeakProtocol
from local.edge.authority import Authority
from local.edge.certificates import Certificates
from local.edge.front_doors import FrontDoor
from local.edge.router import Router
from local.edge.settings import AUTHORITY_FILE
from local.ports import free_port
from tests.faults.support.server import Request, Server, Writer, answer


def door(host: str, plain_http: Literal["redirect", "forbid", "serve", "closed"] = "redirect") -> FrontDoor:
    return FrontDoor(host=host, certificate_names=(host,), plain_http=plain_http)


class Edge:
    """Both listeners in a thread; `doors` may be changed at any time."""

    def __init__(self, folder: Path, *, upstream: int) -> None:
        self.doors = {name: door(name) for name in ("site.localhost", "api.localhost")}
        self.https, self.http = free_port(), free_port()
        self.authority = Authority.load(folder)
        self._folder, self._upstream = folder, upstream
        started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(started)), daemon=True)
        self._thread.start()
        assert started.wait(5)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)

    async def _serve(self, started: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        certificates = Certificates(self.authority, find=self.doors.get, folder=self._folder)
        async with aiohttp.ClientSession(auto_decompress=False) as client:
            router = Router(find=self.doors.get, upstream=self._upstream, https_port=self.https, client=client)
            runners = [
                web.ServerRunner(web.Server(handler), shutdown_timeout=0.1)
                for handler in (router.plain, router.encrypted)
            ]
            for runner, port, tls in zip(
                runners, (self.http, self.https), (None, certificates.listener()), strict=True
            ):
                await runner.setup()
                await web.TCPSite(runner, "127.0.0.1", port, ssl_context=tls).start()
            started.set()
            await self._stop.wait()
            for runner in runners:
                await runner.cleanup()

    def ask(self, host: str, path: str = "/", *, method: str = "GET", sni: str | None = None, **sent: Any) -> Any:
        """One request over verified TLS: the response, with its `body`."""
        context = ssl.create_default_context(cafile=str(self._folder / AUTHORITY_FILE))
        connection = http.client.HTTPSConnection("127.0.0.1", self.https, timeout=5, context=context)
        # The name of the handshake, and what is checked, is not the address.
        connection.sock = context.wrap_socket(
            socket.create_connection(("127.0.0.1", self.https), timeout=5), server_hostname=sni or host
        )
        return self._response(connection, method, path, host, sent)

    def ask_plainly(self, host: str, path: str = "/", *, method: str = "GET", **sent: Any) -> Any:
        """One request without TLS."""
        return self._response(http.client.HTTPConnection("127.0.0.1", self.http, timeout=5), method, path, host, sent)

    @staticmethod
    def _response(connection: Any, method: str, path: str, host: str, sent: dict[str, Any]) -> Any:
        headers = {"Host": host, **sent.pop("headers", {})}
        connection.request(method, path, headers=headers, **sent)
        response = connection.getresponse()
        response.content = response.read()
        connection.close()
        return response


@pytest.fixture
def cloud() -> Iterator[Server]:
    """What stands behind the edge."""
    with Server(default=answer(200, "from the cloud", headers={"X-Kept": "yes", "Keep-Alive": "timeout=5"})) as server:
        yield server


@pytest.fixture
def edge(cloud: Server, tmp_path: Path) -> Iterator[Edge]:
    running = Edge(tmp_path, upstream=cloud.port)
    yield running
    running.stop()


def test_a_request_reaches_the_cloud_under_its_name_and_comes_back(edge: Edge, cloud: Server) -> None:
    found = edge.ask("site.localhost", "/a%2Fb?c=%20d", headers={"X-Api-Key": "k", "Connection": "X-Hop", "X-Hop": "1"})

    assert (found.status, found.content) == (200, b"from the cloud")
    assert found.headers["X-Kept"] == "yes"
    assert "aiohttp" not in found.headers["Server"]
    (received,) = cloud.received
    assert received.path == "/a%2Fb"
    assert received.headers["host"] == "site.localhost"
    assert received.headers["x-api-key"] == "k"
    assert received.headers["x-forwarded-proto"] == "https"
    assert "x-hop" not in received.headers


def test_a_body_is_passed_on_in_both_directions(edge: Edge, cloud: Server) -> None:
    async def echo(request: Request, writer: Writer) -> None:
        await answer(201, request.body)(request, writer)

    cloud.default = echo
    body = b"x" * 300_000

    found = edge.ask("api.localhost", "/orders", method="POST", body=body)

    assert (found.status, found.content) == (201, body)


def test_an_error_and_a_redirect_of_the_cloud_are_passed_on(edge: Edge, cloud: Server) -> None:
    cloud.on("GET", "/moved", answer(302, headers={"Location": "https://site.localhost/new"}))
    cloud.on("GET", "/broken", answer(503, "busy"))

    assert edge.ask("site.localhost", "/moved").headers["Location"] == "https://site.localhost/new"
    assert edge.ask("site.localhost", "/broken").status == 503


def test_a_cloud_that_is_gone_is_a_bad_gateway(tmp_path: Path) -> None:
    edge = Edge(tmp_path, upstream=free_port())
    try:
        assert edge.ask("site.localhost").status == 502
    finally:
        edge.stop()


def test_each_name_has_a_certificate_of_its_own(edge: Edge) -> None:
    assert edge.ask("api.localhost").status == 200
    edge.doors["site.localhost"] = FrontDoor(
        host="site.localhost", certificate_names=("other.localhost",), plain_http="redirect"
    )
    with pytest.raises(ssl.SSLCertVerificationError, match=r"not valid for 'site\.localhost'"):
        edge.ask("site.localhost")


@pytest.mark.parametrize("name", ["nobody.localhost", "SITE.localhost.evil.localhost"])
def test_an_unknown_name_is_refused_in_the_handshake(edge: Edge, cloud: Server, name: str) -> None:
    with pytest.raises(OSError, match=r"(?i)ssl|reset|eof|unrecognized"):
        edge.ask(name)
    assert cloud.received == []


def test_a_door_that_closes_is_refused_from_then_on(edge: Edge) -> None:
    assert edge.ask("site.localhost").status == 200
    del edge.doors["site.localhost"]

    with pytest.raises(OSError, match=r"(?i)ssl|reset|eof|unrecognized"):
        edge.ask("site.localhost")


@pytest.mark.parametrize("protocol", ["TLSv1", "TLSv1.1"])
def test_an_old_client_is_refused(edge: Edge, protocol: WeakProtocol) -> None:
    with socket.create_connection(("127.0.0.1", edge.https), timeout=5) as connection:
        connection.sendall(client_hello("site.localhost", protocol))
        try:
            beginning = connection.recv(64)
        except ConnectionResetError:
            beginning = b""

    assert read_answer(beginning).refused


def test_one_connection_is_for_one_name(edge: Edge, cloud: Server) -> None:
    assert edge.ask("api.localhost", sni="site.localhost").status == 421
    assert cloud.received == []


@pytest.mark.parametrize(
    ("method", "host", "status", "location"),
    [
        ("GET", "site.localhost", 301, "https://site.localhost/a?b=c"),
        ("HEAD", "site.localhost", 301, "https://site.localhost/a?b=c"),
        ("POST", "site.localhost:80", 307, "https://site.localhost/a?b=c"),
        ("GET", "site.localhost:8080", 301, "https://site.localhost:{https}/a?b=c"),
    ],
)
def test_plain_http_is_redirected(
    edge: Edge, cloud: Server, method: str, host: str, status: int, location: str
) -> None:
    found = edge.ask_plainly(host, "/a?b=c", method=method)

    assert found.status == status
    assert found.headers["Location"] == location.format(https=edge.https)
    assert cloud.received == []


def test_plain_http_is_what_the_distribution_says(edge: Edge) -> None:
    edge.doors |= {"no.localhost": door("no.localhost", "forbid"), "yes.localhost": door("yes.localhost", "serve")}
    edge.doors["closed.localhost"] = door("closed.localhost", "closed")

    assert edge.ask_plainly("no.localhost").status == 403
    assert edge.ask_plainly("yes.localhost").content == b"from the cloud"
    for nobody in ("closed.localhost", "unknown.localhost"):
        with pytest.raises((http.client.HTTPException, OSError)):
            edge.ask_plainly(nobody)
