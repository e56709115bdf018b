"""Authentication: who the caller is, and tokens against forged requests (signed double submit)."""

from __future__ import annotations

import hmac
from http import HTTPStatus
from typing import Annotated, Any

from pydantic import StringConstraints

from lambda_src.platform_common import csrf, services
from lambda_src.platform_common.api import Api, Reply, reply
from lambda_src.platform_common.bodies import Body
from lambda_src.platform_common.clock import iso
from lambda_src.platform_common.problems import Problem

FUNCTION = {
    "category": "authentication",
    "route": "/api/auth",
    "check": "/api/auth/csrf",
    "critical": True,
    "public": False,
    "tables": {},
    "redis": False,
    "secrets": [],
    "publishes": False,
    "workflows": [],
    "timestream": False,
    "memory_mb": None,
    "timeout_s": 10,
}

# Only over TLS, only to this host, never to scripts: https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis
COOKIE = "__Host-acinaces-csrf"


class Verification(Body):
    """The token as the page sends it; the browser sends it a second time, in the cookie."""

    csrf_token: Annotated[str, StringConstraints(min_length=1, max_length=300)]


api = Api()


@api.route("GET", "/api/auth")
def who() -> Reply:
    """The key was accepted: API Gateway lets no one else come here."""
    return reply(200, {"status": "ok", "apiKeyId": api.call.actor})


@api.route("GET", "/api/auth/csrf")
def issue() -> Reply:
    """A new token, in the answer and in a cookie."""
    token = csrf.issue(_api_key(), now=services.current().clock.now())
    document = {"csrfToken": token.text, "expiresAt": iso(token.expires)}
    cookie = f"{COOKIE}={token.text}; Path=/; Max-Age={csrf.LIFETIME_S}; Secure; HttpOnly; SameSite=Strict"
    return reply(200, document, headers={"set-cookie": cookie})


@api.route("POST", "/api/auth/csrf/verify")
def verify() -> Reply:
    """200 where token and cookie are the same, ours, this key's and not expired; otherwise 403."""
    token = api.body(Verification).csrf_token
    own = services.current()
    twice = hmac.compare_digest(token.encode(), _cookie(COOKIE).encode())
    if not (twice and csrf.is_valid(token, _api_key(), now=own.clock.now())):
        # One answer for every reason: which half was wrong helps nobody but a forger.
        raise Problem(HTTPStatus.FORBIDDEN, "csrf-refused", "The token is not valid. Ask for a new one.")
    return reply(200, {"valid": True})


def _api_key() -> str:
    key = api.call.headers.get("x-api-key", "")
    if not key:
        raise Problem(HTTPStatus.FORBIDDEN, "no-api-key", "Send the API key in the header x-api-key.")
    return key


def _cookie(name: str) -> str:
    """The cookie's value as it was sent; empty where there is none."""
    for pair in api.call.headers.get("cookie", "").split(";"):
        found, _, value = pair.strip().partition("=")
        if found == name:
            return value
    return ""


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answers one API Gateway proxy event."""
    return api.resolve(event, context)
