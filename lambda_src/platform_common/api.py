"""A function's HTTP surface: Powertools' REST resolver with the platform's manners.

Whatever happens, the caller gets JSON: a resource, a list, or a problem document; with the version
of the function that answered, and with the CORS header of the one allowed origin.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar

from aws_lambda_powertools.event_handler.api_gateway import APIGatewayRestResolver, Response

from lambda_src.platform_common import bodies, json_text, problems, secret_proof
from lambda_src.platform_common.aws import AwsError
from lambda_src.platform_common.bodies import AnyBody
from lambda_src.platform_common.log import logger
from lambda_src.platform_common.problems import Problem

Reply = Response[str]
Endpoint = TypeVar("Endpoint", bound=Callable[..., Reply])

METHODS = ("GET", "POST", "PUT", "DELETE")
_ETAG = re.compile(r'(?:W/)?"?(\d{1,15})"?')


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is known about the invocation."""

    method: str
    path: str
    request_id: str
    function_version: str
    # The id of the API key, never the key.
    actor: str
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, event: Mapping[str, Any], context: Any) -> Call:
        request_context = _mapping(event.get("requestContext"))
        identity = _mapping(request_context.get("identity"))
        return cls(
            method=str(event.get("httpMethod", "")).upper(),
            path=str(event.get("path", "")),
            request_id=str(request_context.get("requestId") or getattr(context, "aws_request_id", "unknown")),
            function_version=str(getattr(context, "function_version", "$LATEST")),
            actor=str(identity.get("apiKeyId") or "unknown"),
            headers={str(name).lower(): str(value) for name, value in _mapping(event.get("headers")).items()},
            query={str(n): str(v) for n, v in _mapping(event.get("queryStringParameters")).items() if v is not None},
        )


class Api:
    """Routes of one function. Endpoints return a `Reply` or raise a `Problem`."""

    def __init__(self) -> None:
        # debug=False: POWERTOOLS_DEV must never print events, which hold the API key.
        self._resolver = APIGatewayRestResolver(debug=False)
        self._rules: list[tuple[str, re.Pattern[str]]] = []
        self._event: Mapping[str, Any] = {}
        self.call = Call.of({}, None)
        self._resolver.not_found(self._refuse_route)
        self._resolver.exception_handler(Exception)(self._reply_to_error)

    def route(self, method: str, rule: str) -> Callable[[Endpoint], Endpoint]:
        """Registers an endpoint; `<name>` in the rule becomes a keyword argument."""
        self._rules.append((method, re.compile(re.sub(r"<\w+>", "[^/]+", rule) + "/*")))

        def register(endpoint: Endpoint) -> Endpoint:
            self._resolver.route(rule, method)(endpoint)
            return endpoint

        return register

    def body(self, model: type[AnyBody]) -> AnyBody:
        """The request's body as a `model`; raises a 4xx problem."""
        return bodies.validated(model, self.json())

    def json(self) -> Any:
        """The request's body as plain JSON; raises a 4xx problem."""
        return bodies.read_json(self._event, self.call.headers.get("content-type"))

    def if_match(self) -> int | None:
        """The version that the caller saw (`If-Match: "3"`), None when it does not care; raises 400."""
        text = self.call.headers.get("if-match", "*").strip()
        if text == "*":
            return None
        found = _ETAG.fullmatch(text)
        if not found:
            raise problems.bad_request('If-Match must be the ETag of the row, such as "3".')
        return int(found.group(1))

    def resolve(self, event: Any, context: Any) -> dict[str, Any]:
        """The proxy answer to one invocation; never raises.

        A direct call of the function may ask for a proof of its secrets instead (`secret_proof`).
        """
        started = time.perf_counter()
        self._event = _mapping(event)
        if secret_proof.is_asked(self._event):
            return secret_proof.answer(self._event)
        self.call = Call.of(self._event, context)
        try:
            reply = self._answer(context)
        except Exception as error:  # noqa: BLE001 - the last line: a caller gets a document, not a stack trace
            reply = self._reply_to_error(error)
        logger.info(
            "request",
            method=self.call.method,
            path=self.call.path[:200],
            status=reply["statusCode"] if isinstance(reply, dict) else reply.status_code,
            duration_ms=round((time.perf_counter() - started) * 1000, 1),
            request_id=self.call.request_id,
            function_version=self.call.function_version,
        )
        return self._finished(reply)

    def _answer(self, context: Any) -> Reply | dict[str, Any]:
        if not all(isinstance(self._event.get(name), str) for name in ("httpMethod", "path")) or not self.call.method:
            raise problems.bad_request("This function answers API Gateway proxy events only.")
        if self.call.method == "OPTIONS":
            return Response(status_code=204, headers={"access-control-max-age": "600"}, body="")
        # Powertools takes these for mappings, whatever they are.
        headers = {name: _mapping(self._event.get(name)) for name in ("headers", "multiValueHeaders")}
        return self._resolver.resolve({**self._event, **headers}, context)

    def _finished(self, reply: Reply | dict[str, Any]) -> dict[str, Any]:
        if isinstance(reply, dict):
            status, body = reply["statusCode"], reply["body"]
            headers = {name.lower(): values[0] for name, values in reply["multiValueHeaders"].items()}
        else:
            status, body = reply.status_code, reply.body
            headers = {name.lower(): str(value) for name, value in reply.headers.items()}
        headers |= {
            "x-function-version": self.call.function_version,
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
            # Browsers ignore it where it comes over plain HTTP (RFC 6797, 8.1).
            "strict-transport-security": "max-age=31536000; includeSubDomains",
            # One origin, always the same answer: safe for caches, and checkable without an Origin header.
            "access-control-allow-origin": os.environ.get("CORS_ALLOW_ORIGIN", "null"),
            # For the cookie of /api/auth; nobody is let in by a cookie.
            "access-control-allow-credentials": "true",
            "access-control-allow-methods": ",".join((*METHODS, "OPTIONS")),
            "access-control-allow-headers": "content-type,x-api-key,if-match",
            "access-control-expose-headers": "etag,location,x-function-version",
        }
        return {"statusCode": int(status), "headers": headers, "body": body or "", "isBase64Encoded": False}

    def _refuse_route(self, _: Exception) -> Reply:
        allowed = sorted({method for method, rule in self._rules if rule.fullmatch(self.call.path)})
        if not allowed:
            return self._problem(problems.not_found("There is nothing at this path."))
        detail = f"This path knows {', '.join(allowed)}."
        return self._problem(
            Problem(HTTPStatus.METHOD_NOT_ALLOWED, "method-not-allowed", detail, headers={"allow": ", ".join(allowed)})
        )

    def _reply_to_error(self, error: Exception) -> Reply:
        if isinstance(error, Problem):
            return self._problem(error)
        logger.exception("request failed", request_id=self.call.request_id, error_type=type(error).__name__)
        if isinstance(error, AwsError) and error.temporary:
            return self._problem(problems.unavailable("busy", "A service behind this one is busy. Try again."))
        return self._problem(problems.internal())

    def _problem(self, problem: Problem) -> Reply:
        document = problem.document(f"urn:acinaces:request:{self.call.request_id}")
        return Response(
            status_code=int(problem.status),
            content_type=problems.CONTENT_TYPE,
            body=json_text.dumps(document),
            headers=problem.headers,
        )


def reply(status: int, document: Any, *, headers: Mapping[str, str] | None = None) -> Reply:
    """A JSON answer."""
    return Response(
        status_code=status, content_type="application/json", body=json_text.dumps(document), headers=headers
    )


def empty(status: int) -> Reply:
    """An answer without a body."""
    return Response(status_code=status, body="")


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
