"""The checks' HTTP client: allow-listed targets, verified TLS, bounded time, bounded bodies, no foreign redirects."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp
from yarl import URL

from lambda_src.verification.addresses import is_loopback_host, split_host_port
from lambda_src.verification.plan import Targets
from lambda_src.verification.resolver import Endpoint, GuardedResolver, Lookup, TargetRefused, system_lookup
from lambda_src.verification.trust import trust
from lambda_src.verification.verdicts import CheckProblem

MAX_BODY_BYTES = 1024 * 1024
MAX_REDIRECTS = 3
# What propagation explains on a first deployment; 429 is our own rate limit met by our own burst.
RETRYABLE_STATUS = frozenset({403, 404, 429, *range(500, 600)})
_CHUNK = 64 * 1024
_HEADERS = {"User-Agent": "acinaces-verification/1", "Accept-Encoding": "identity"}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a server answered. Header names are lower-case; `latency_ms` runs to the body's end."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    latency_ms: int
    # The body went on past the limit and the caller had allowed that.
    truncated: bool = False

    @property
    def content_type(self) -> str:
        """Lower-case media type without parameters; empty where the server named none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def retryable(self) -> bool:
        """Whether the status is one that waiting may mend."""
        return self.status in RETRYABLE_STATUS

    def json(self) -> Any:
        """The body as JSON. Raises ValueError."""
        return json.loads(self.body)


class HttpClient:
    """One per run; `async with` it. TLS verification has no switch."""

    def __init__(self, targets: Targets, *, extra_ca_file: str | None = None, lookup: Lookup = system_lookup) -> None:
        self._targets = targets
        self._resolver = GuardedResolver(targets, lookup=lookup)
        self._allowed = _allowed_hosts(targets)
        self.trust = trust(targets, extra_ca_file=extra_ca_file)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            # The engine bounds how much runs at once; a second limit here would count as the server's latency.
            connector=aiohttp.TCPConnector(resolver=self._resolver, use_dns_cache=False, ssl=self.trust, limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
            headers=_HEADERS,
            trust_env=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def endpoints(self, host: str, port: int) -> list[Endpoint]:
        """Where a connection of a check's own to `host:port` goes.

        Raises TargetRefused where the plan does not name the target or an address is not allowed, CheckProblem
        (error) where the name does not resolve.
        """
        if (host.lower(), port) not in self._allowed:
            raise TargetRefused(f"{host}:{port} was refused: not a target of this plan")
        return await self._resolver.endpoints(host, port)

    async def addresses_of(self, host: str) -> list[str]:
        """The addresses of a target's host, of which a check may try other ports. Raises as `endpoints`."""
        if all(host.lower() != name for name, _ in self._allowed):
            raise TargetRefused(f"{host} was refused: not a target of this plan")
        return [endpoint.address for endpoint in await self._resolver.endpoints(host, 0)]

    async def request(
        self,
        method: str,
        url: str,
        *,
        timeout_s: float,
        headers: Mapping[str, str] | None = None,
        json_body: Any = None,
        max_bytes: int = MAX_BODY_BYTES,
        truncate: bool = False,
        follow_redirects: bool = True,
        plain_http: bool = False,
    ) -> Answer:
        """One request, answered completely within `timeout_s` seconds, redirects on the same host included.

        Bodies end at `max_bytes`: beyond them the request has failed, or with `truncate` the answer says so.
        `plain_http` lets a request without headers of its own go to port 80 of a target's host, to see where it is
        sent from there.
        Raises CheckProblem: failed for what the target did wrong, error for names that do not resolve.
        """
        if plain_http and (headers or follow_redirects):
            raise ValueError("plain_http carries no headers (the API key!) and follows no redirects")
        progress = _Progress()
        try:
            async with asyncio.timeout(timeout_s):
                target = URL(url)
                for _hop in range(MAX_REDIRECTS + 1):
                    answer = await self._hop(
                        method, target, progress, headers=headers, json_body=json_body, max_bytes=max_bytes,
                        truncate=truncate, plain_http=plain_http,
                    )  # fmt: skip
                    if not (follow_redirects and 300 <= answer.status < 400 and "location" in answer.headers):
                        return answer
                    target = _redirected(target, answer.headers["location"])
                raise CheckProblem(f"more than {MAX_REDIRECTS} redirects, the last to {target}")
        except TimeoutError:
            raise CheckProblem(f"{progress.where} after {timeout_s:.1f} s", retry=True) from None
        except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError, ssl.SSLError) as exc:
            raise CheckProblem(f"TLS: {_tls_reason(exc)}") from None
        except aiohttp.ClientConnectorError as exc:
            raise CheckProblem(f"no connection to {exc.host}:{exc.port}: {exc.strerror}", retry=True) from None
        except aiohttp.InvalidURL as exc:
            raise TargetRefused(f"refused address: {exc}") from None
        except aiohttp.ClientResponseError as exc:
            raise CheckProblem(f"the answer is not HTTP: {exc.message[:200]}") from None
        except (aiohttp.ClientError, ConnectionError) as exc:
            raise CheckProblem(f"{progress.where}: the connection was lost ({_short(exc)})", retry=True) from None

    async def _hop(
        self,
        method: str,
        url: URL,
        progress: _Progress,
        *,
        headers: Mapping[str, str] | None,
        json_body: Any,
        max_bytes: int,
        truncate: bool,
        plain_http: bool,
    ) -> Answer:
        assert self._session is not None, "HttpClient is used inside `async with`"  # noqa: S101
        started = time.perf_counter()
        self._admit(url, plain_http=plain_http)
        progress.where = f"no answer from {url.host}:{url.port}"
        # Asked here first: aiohttp does not ask a resolver about literal addresses.
        await self._resolver.endpoints(str(url.host), int(url.port or 0))
        async with self._session.request(
            method, url, headers=headers, json=json_body, allow_redirects=False, raise_for_status=False
        ) as response:
            progress.where = f"HTTP {response.status}, but no complete answer"
            body, truncated = await self._read(response, progress, max_bytes=max_bytes, truncate=truncate)
            return Answer(
                url=str(url),
                status=response.status,
                headers={name.lower(): ", ".join(response.headers.getall(name)) for name in response.headers},
                body=body,
                latency_ms=round((time.perf_counter() - started) * 1000),
                truncated=truncated,
            )

    async def _read(
        self, response: aiohttp.ClientResponse, progress: _Progress, *, max_bytes: int, truncate: bool
    ) -> tuple[bytes, bool]:
        declared = response.content_length or 0
        if declared > max_bytes and not truncate:
            response.close()
            raise CheckProblem(f"HTTP {response.status} with {declared} bytes; the limit is {max_bytes}")
        body = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK):
            body += chunk
            progress.where = f"HTTP {response.status}, but only {len(body)} bytes of the answer"
            if len(body) > max_bytes:
                # The rest is not wanted: closing is cheaper than reading it.
                response.close()
                if not truncate:
                    raise CheckProblem(f"HTTP {response.status} with more than {max_bytes} bytes, which is the limit")
                return bytes(body[:max_bytes]), True
        return bytes(body), False

    def _admit(self, url: URL, *, plain_http: bool) -> None:
        host, port = (url.host or "").lower(), url.port
        if url.scheme not in ("http", "https") or not host or port is None:
            raise TargetRefused(f"{url} was refused: not an http address")
        if url.user is not None:
            raise TargetRefused(f"{url.with_user(None)} was refused: it carries credentials")
        if plain_http and (url.scheme, port) == ("http", 80) and any(host == name for name, _ in self._allowed):
            return
        if (host, port) not in self._allowed:
            raise TargetRefused(f"{host}:{port} was refused: not a target of this plan")
        if url.scheme == "http" and not (self._targets.allow_loopback and is_loopback_host(host)):
            raise TargetRefused(f"{url} was refused: plain http")


class _Progress:
    """How far a request came, for the message when it goes no further."""

    where = "no answer"


def _allowed_hosts(targets: Targets) -> frozenset[tuple[str, int]]:
    allowed = {split_host_port(host, default_port=443) for host in targets.allowed_hosts}
    for text in (targets.api_url, targets.site_url):
        if text:
            url = URL(text)
            allowed.add(((url.host or "").lower(), url.port or 443))
    return frozenset(allowed)


def _redirected(url: URL, location: str) -> URL:
    try:
        target = url.join(URL(location))
    except ValueError:
        raise CheckProblem(f"redirected to {location[:200]!r}, which is not an address") from None
    # Same name: whoever follows a redirect elsewhere becomes that server's proxy.
    if (target.host or "").lower() != (url.host or "").lower():
        raise TargetRefused(f"redirected to {str(target)[:200]}, another host: refused")
    return target


def _tls_reason(problem: Exception) -> str:
    inner = getattr(problem, "certificate_error", None) or getattr(problem, "os_error", None) or problem
    return str(getattr(inner, "verify_message", "") or inner)[:300]


def _short(problem: BaseException) -> str:
    return (str(problem) or type(problem).__name__)[:200]
