"""Only callers that have a key of this start reach the AWS API; web pages, which have none, reach nothing.

The emulator answers any page: with open CORS, under any Host, and for a root key with any secret. This layer stands in
front of all that is not a public name (a distribution, a custom domain, an API's own host: `edge_hosts`). It ends when
the emulator verifies every signature, its own root key's included, and refuses names that are not its own.
"""

from __future__ import annotations

import functools
import hmac
import json
import os
import re
from typing import Any, Final
from urllib.parse import parse_qs, quote

from local.emulation.asgi import Application, Receive, Scope, Send, body_of, header, host_of, replayed, respond

ENFORCES: Final = (
    "A request to the AWS API without a signature is refused (MissingAuthenticationToken), as is one with another "
    "secret key (SignatureDoesNotMatch), of an unknown key (UnrecognizedClientException), or of another time "
    "(RequestTimeTooSkewed; AccessDenied for a presigned address), each in the words of the service that is called. "
    "The root key's secret is made at each start.",
    "A request that a web page of any origin sends to the AWS API (it has an Origin), and every CORS preflight there, "
    "is refused with 403 and without CORS headers. Public names answer as their own configuration says.",
    "A Host that is neither loopback nor a public name of the embedded cloud is refused with 403 (DNS rebinding).",
    "The credentials of a function are random, and not derived from its name.",
)
NOT_ENFORCED: Final = (
    "Stricter than AWS: anonymous access to buckets, function addresses without IAM, and signatures of version 2 or 4a "
    "are refused; the address of a function's code needs a signature.",
)

_READY: Final = "/_ministack/ready"
# Stand for presigned addresses of S3; the last part is a random token.
_CALLBACKS: Final = ("/_ministack/cfn-response/", "/_ministack/cfn-signal/")
_LOOPBACK: Final = re.compile(r"(localhost|127\.0\.0\.1|\[::1\]|([a-z0-9-]+\.)+localhost)\Z")
_PRESIGNED_S: Final = "900"


def install() -> None:
    """Replace the sessions that the emulator derives from names: a page could compute them."""
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc, sts

    derived = lambda_runtime.execution_credentials
    # Of this process; what a worker is given stays the same while it runs.
    salt = os.urandom(32)

    @functools.wraps(derived)
    def execution_credentials(config: dict[str, Any]) -> dict[str, str]:
        given: dict[str, str] = derived(config)
        session = sts._sessions.get(given["AWS_ACCESS_KEY_ID"])
        if session is None:
            return given
        for name, variable in (("SecretAccessKey", "AWS_SECRET_ACCESS_KEY"), ("SessionToken", "AWS_SESSION_TOKEN")):
            given[variable] = hmac.new(salt, f"{name}:{given[variable]}".encode(), "sha256").hexdigest()
            session = {**session, name: given[variable]}
        sts.register_session(given["AWS_ACCESS_KEY_ID"], session)
        return given

    lambda_runtime.execution_credentials = execution_credentials
    # Imported there by name.
    lambda_svc.execution_credentials = execution_credentials


def with_access_key(application: Application) -> Application:
    """The application, reached by signed requests only."""

    async def closed(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await application(scope, receive, send)
            return
        reason = _from_elsewhere(scope)
        if reason is not None or scope["type"] != "http":
            await _refuse(scope, receive, send, reason or "WebSockets are open to the hosts of APIs only")
            return
        if _is_open(scope):
            await application(scope, receive, send)
            return
        body = await body_of(receive)
        failure = failure_of(scope, body)
        if failure is None:
            await application(scope, replayed(body, receive), _without_cors(send))
        else:
            await respond(send, *_as_the_service_says(scope, body, failure))

    return closed


def failure_of(scope: Scope, body: bytes, *, now: Any = None) -> tuple[str, str] | None:
    """AWS's error code and message for a request that is not signed with a known key; None for one that is."""
    from ministack.core import iam_evaluator, sigv4
    from ministack.core.responses import _account_from_sts_session, get_account_id

    headers, query = _signed_headers(scope), _query(scope)
    presigned = "X-Amz-Signature" in query
    if not presigned and not headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 "):
        return "MissingAuthenticationToken", "Missing Authentication Token"
    parsed = sigv4.parse_query_signature(query) if presigned else sigv4.parse_header_signature(headers)
    if isinstance(parsed, tuple):
        return parsed
    late = _too_late(parsed.amz_date, query, now) if presigned else sigv4.request_time_failure(parsed, now=now)
    if late is not None:
        return late
    key = parsed.access_key_id
    token = query.get("X-Amz-Security-Token", [""])[0] if presigned else headers.get("x-amz-security-token", "")
    try:
        account = _account_from_sts_session(key) or iam_evaluator.find_iam_access_key_account(key)
    except iam_evaluator.AmbiguousAccessKeyError:
        account = None
    if iam_evaluator.is_root_access_key(key) and key.isdigit():
        account = key
    found = iam_evaluator.resolve_credential(key, account or get_account_id(), token)
    if not key or isinstance(found, iam_evaluator.CredentialResolutionError):
        return "UnrecognizedClientException", "The security token included in the request is invalid."
    raw_path = (scope.get("raw_path") or quote(scope["path"]).encode()).decode("latin-1")
    failure: tuple[str, str] | None = sigv4.header_signature_failure(
        parsed, found.secret_access_key, scope["method"], raw_path, query, headers, body, presigned=presigned
    )
    return failure


def _too_late(signed_at: str, query: dict[str, list[str]], now: Any) -> tuple[str, str] | None:
    from ministack.core import sigv4

    try:
        late = sigv4.presigned_request_is_expired(signed_at, query.get("X-Amz-Expires", [_PRESIGNED_S])[0], now=now)
    except ValueError:
        late = True
    return ("AccessDenied", "Request has expired") if late else None


def _from_elsewhere(scope: Scope) -> str | None:
    """Why a request cannot be a caller's own: it comes from a web page, or under a name that is not the cloud's."""
    if header(scope, b"origin"):
        return "web pages do not reach the AWS API of the embedded cloud"
    if not _LOOPBACK.match(host_of(scope)):
        return "this Host is not a name of the embedded cloud"
    return None


def _is_open(scope: Scope) -> bool:
    """What is answered without a signature: whether it is ready, and answers to custom resources."""
    if scope["method"] == "PUT":
        return bool(scope["path"].startswith(_CALLBACKS))
    return bool(scope["method"] == "GET" and scope["path"] == _READY)


def _as_the_service_says(scope: Scope, body: bytes, failure: tuple[str, str]) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the refusal, in the protocol of the service that was called."""
    from ministack import app
    from ministack.core.iam_evaluator import AuthError

    headers, query = _signed_headers(scope), _query(scope)
    service = app.detect_service(
        scope["method"],
        scope["path"],
        headers,
        app._routing_params(scope["method"], scope["path"], headers, body, query),
    )
    answer: tuple[int, dict[str, str], bytes] = app._credential_failure(service, "", "", AuthError(*failure), headers)
    return answer


async def _refuse(scope: Scope, receive: Receive, send: Send, reason: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": reason})
        return
    body = json.dumps({"__type": "AccessDeniedException", "message": reason}).encode()
    await respond(send, 403, {"Content-Type": "application/json"}, body)


def _without_cors(send: Send) -> Send:
    """What sends on without the headers with which the emulator opens itself to pages."""

    async def sent(message: Any) -> None:
        if message["type"] == "http.response.start":
            kept = [pair for pair in message.get("headers", []) if not pair[0].lower().startswith(b"access-control-")]
            message = {**message, "headers": kept}
        await send(message)

    return sent


def _signed_headers(scope: Scope) -> dict[str, str]:
    """By name in lower case; several of one name are joined as a signature joins them."""
    from ministack.core.sigv4 import decode_header_value

    found: dict[str, str] = {}
    for raw_name, raw in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), decode_header_value(raw)
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


def _query(scope: Scope) -> dict[str, list[str]]:
    return parse_qs(scope.get("query_string", b"").decode("utf-8", "replace"), keep_blank_values=True)
