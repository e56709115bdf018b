"""`python -m local.edge`: DNS, TLS and the redirect, until a signal ends the process.

Settings come from the environment: EDGE_DNS, EDGE_HTTPS and EDGE_HTTP are its ports, EDGE_UPSTREAM the embedded
cloud's, EDGE_FOLDER where its authority lies; AWS's own variables point at the embedded cloud. `local.edge.process`
sets all of them.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import signal
import threading
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import aiohttp
import dns.message
from aiohttp import web

from local.edge.authority import Authority
from local.edge.certificates import Certificates
from local.edge.front_doors import FrontDoor, read_front_doors
from local.edge.kept import Kept
from local.edge.responder import Responder
from local.edge.router import Router
from local.edge.settings import EdgePorts
from local.edge.zones import read_records, respond
from local.ports import HOST

log = logging.getLogger("local.edge")
# Seconds for which what the cloud said stands: short, so that a change is seen at once by a person.
_KEEP_S: Final = 1.0


class Cloud:
    """What the edge knows of the embedded cloud, over the AWS API."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._client = functools.cache(_client)
        self._doors = Kept(lambda: read_front_doors(self._locked_client), keep_s=_KEEP_S)
        self._records = Kept(lambda: read_records(self._locked_client), keep_s=_KEEP_S)

    def find(self, host: str) -> FrontDoor | None:
        """The door of `host`; None if there is none, or the cloud does not say."""
        try:
            return self._doors.value().by_host.get(host)
        except Exception as exc:  # noqa: BLE001 - a handshake has no other answer than "unknown"
            log.warning("the embedded cloud does not name its front doors: %s", exc)
            return None

    def answer(self, query: dns.message.Message) -> dns.message.Message:
        """The DNS answer to `query`. Raises what boto3 raises."""
        return respond(query, self._records.value(), self._doors.value().targets)

    def _locked_client(self, service: str, region: str | None) -> Any:
        # Making clients is not thread-safe.
        with self._lock:
            return self._client(service, region)


def _client(service: str, region: str | None) -> Any:
    import boto3  # half a second, which need not delay the start
    from botocore.config import Config

    config = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})
    return boto3.client(service, region_name=region, config=config)  # type: ignore[call-overload]


async def serve(*, ports: EdgePorts, upstream: int, folder: Path) -> None:
    """Listen until SIGTERM or SIGINT. Raises OSError if a port is taken."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stopped.set)
    cloud = Cloud()
    certificates = Certificates(Authority.load(folder), find=cloud.find, folder=folder)
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(
            aiohttp.ClientSession(auto_decompress=False, trust_env=False, cookie_jar=aiohttp.DummyCookieJar())
        )
        router = Router(find=cloud.find, upstream=upstream, https_port=ports.https, client=client)
        responder, _ = await loop.create_datagram_endpoint(
            lambda: Responder(cloud.answer), local_addr=(HOST, ports.dns)
        )
        stack.callback(responder.close)
        # The TLS listener last: whoever waits for it has all of them.
        for handler, port, tls in (
            (router.plain, ports.http, None),
            (router.encrypted, ports.https, certificates.listener()),
        ):
            runner = web.ServerRunner(web.Server(handler, access_log=None), shutdown_timeout=1)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, HOST, port, ssl_context=tls).start()
        log.info("DNS on %s, HTTPS on %s, HTTP on %s", ports.dns, ports.https, ports.http)
        await stopped.wait()


def main() -> None:
    """Read the settings and serve."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    ports = EdgePorts(**{name: int(os.environ[f"EDGE_{name.upper()}"]) for name in ("dns", "https", "http")})
    asyncio.run(serve(ports=ports, upstream=int(os.environ["EDGE_UPSTREAM"]), folder=Path(os.environ["EDGE_FOLDER"])))


if __name__ == "__main__":
    main()
