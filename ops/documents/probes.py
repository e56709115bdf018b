"""What no check of the plan asks, and a request from here can."""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request
from typing import Final

from environments import Environment

# AWS's common rule set refuses script in a query (CrossSiteScripting_QUERYARGUMENTS).
_ATTACK: Final = {"q": "<script>alert(1)</script>"}
_REFUSED: Final = 403
_TIMEOUT_S: Final = 10.0


def web_acls_refuse(environment: Environment) -> tuple[bool | None, str]:
    """Sends what a web ACL must refuse to site and API; None where it cannot be told."""
    if environment.gate.allow_loopback:
        return None, "the embedded cloud records web ACLs and has none at work"
    said = {url: _status(url) for url in (f"{environment.site_url}/", f"{environment.api_url}/health")}
    text = "; ".join(f"{url} answered a script in its query with {status}" for url, status in said.items())
    if any(not isinstance(status, int) for status in said.values()):
        return None, text
    return all(status == _REFUSED for status in said.values()), text


def _status(url: str) -> int | str:
    """The status, or why there is none."""
    try:
        with urllib.request.urlopen(f"{url}?{urllib.parse.urlencode(_ATTACK)}", timeout=_TIMEOUT_S) as answer:  # noqa: S310 - the environment's own https address
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError as error:
        return f"no answer ({type(error).__name__})"
