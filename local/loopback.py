"""HTTP requests to `*.localhost`, which curl and browsers resolve and Python on Linux may not (RFC 6761)."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from urllib.parse import urlsplit, urlunsplit

from local.ports import HOST


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def request(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    time_limit_s: float = 30.0,
) -> Answer:
    """Ask `url` and return the answer, whatever its status; redirects are not followed.

    Raises:
        OSError: nothing answers, or not in time.
    """
    parts = urlsplit(url)
    if parts.scheme != "http" or not (parts.hostname or "").endswith("localhost"):
        raise ValueError(f"{url} is not an http address on localhost")
    address = urlunsplit(("http", f"{HOST}:{parts.port or 80}", parts.path or "/", parts.query, ""))
    sent = urllib.request.Request(  # noqa: S310 - checked above
        address, data=body, method=method, headers={"Host": parts.netloc, **(headers or {})}
    )
    try:
        with _opener.open(sent, timeout=time_limit_s) as response:
            return Answer(status=response.status, headers=_lowered(response.headers), body=response.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(status=error.code, headers=_lowered(error.headers), body=error.read())


def status_of(url: str, *, time_limit_s: float) -> int | None:
    """The status that `url` answers with; None if nothing answers in time."""
    try:
        return request(url, time_limit_s=time_limit_s).status
    except OSError:
        return None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Redirects are answers."""

    def redirect_request(self, *_: object) -> None:
        """None: do not follow."""


# Without proxies: loopback is never behind one.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


def _lowered(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
