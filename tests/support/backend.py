"""The backend without AWS: a client that speaks API Gateway's event, and checks what every answer keeps."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from unittest import mock

from lambda_src.platform_common import services as services_module
from lambda_src.platform_common.services import Services
from lambda_src.platform_common.settings import Settings
from lambda_src.platform_common.store import KEYS
from tests.support.memory import (
    FixedClock,
    MemoryBus,
    MemoryCache,
    MemorySecrets,
    MemoryStop,
    MemoryStore,
    MemoryWorkflows,
)

ORIGIN = "https://test.acinaces.com"
HANDLERS = (
    "health",
    "templates",
    "strategies",
    "risk_profiles",
    "data_sources",
    "providers",
    "market_data",
    "ai_intelligence",
    "exchanges",
    "orders",
    "audit",
    "auth",
)


def variables(environment: str = "test") -> dict[str, str]:
    """The environment variables that the release stack sets on a function."""
    return {
        "ENVIRONMENT": environment,
        **{f"TABLE_{table.upper().replace('-', '_')}": f"{environment}-{table}" for table in KEYS},
        "REDIS_HOST": "127.0.0.1",
        "REDIS_PORT": "6379",
        "REDIS_TLS": "false",
        "EVENT_BUS_NAME": f"{environment}-bus",
        "CORS_ALLOW_ORIGIN": ORIGIN,
        "PAPER_TRADING_MODE": "true",
        "ALLOW_REAL_TRADES": "false",
    }


@dataclass
class Context:
    """The part of Lambda's context that functions use."""

    function_version: str = "7"
    aws_request_id: str = "lambda-request"


@dataclass(frozen=True)
class Answer:
    """A function's answer, checked for what holds for every answer."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text, parse_float=Decimal)

    def problem(self, status: int, kind: str) -> dict[str, Any]:
        """The problem document; asserts status and kind."""
        assert (self.status, self.json.get("type")) == (status, f"urn:acinaces:problem:{kind}"), self.text
        document: dict[str, Any] = self.json
        return document


class Backend:
    """Calls functions as API Gateway does. The collaborators are attributes for tests to look into."""

    def __init__(self, services: Services | None = None) -> None:
        self.store = MemoryStore()
        self.bus = MemoryBus()
        self.secrets = MemorySecrets()
        self.cache = MemoryCache()
        self.workflows = MemoryWorkflows()
        self.stop = MemoryStop()
        self.clock = FixedClock()
        self.services = services or Services(
            settings=Settings.from_environment(variables()),
            store=self.store,
            bus=self.bus,
            secrets=self.secrets,
            cache=self.cache,
            workflows=self.workflows,
            stop=self.stop,
            clock=self.clock,
        )

    def set(self, **settings: Any) -> None:
        """Changes the function's settings."""
        self.services = replace(self.services, settings=replace(self.services.settings, **settings))

    def event(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """A REST API proxy event; `body` is a document, or text as it stands."""
        path, _, query = path.partition("?")
        parameters = dict(pair.split("=", 1) for pair in query.split("&")) if query else None
        text = body if isinstance(body, str) or body is None else json.dumps(body, default=float)
        sent = {"Content-Type": "application/json"} if text is not None else {}
        return {
            "httpMethod": method,
            "path": path,
            "resource": path,
            "headers": {"x-api-key": "the-key-itself"} | sent | dict(headers or {}),
            "multiValueHeaders": {},
            "queryStringParameters": parameters,
            "requestContext": {
                "requestId": "request-1",
                "stage": "live",
                "path": f"/live{path}",
                "identity": {"apiKeyId": "key-id", "apiKey": "the-key-itself"},
            },
            "body": text,
            "isBase64Encoded": False,
        }

    def call(self, handler: str, method: str, path: str, **request: Any) -> Answer:
        """The answer of one function."""
        return self.send(handler, self.event(method, path, **request))

    def send(self, handler: str, event: Any) -> Answer:
        """The answer to a raw event."""
        module = importlib.import_module(f"lambda_src.handlers.{handler}")
        with mock.patch.dict(os.environ, variables()), services_module.using(self.services):
            return checked(module.handler(event, Context()))

    def create(self, handler: str, path: str, body: Mapping[str, Any]) -> Any:
        """A new row; asserts 201."""
        answer = self.call(handler, "POST", path, body=dict(body))
        assert answer.status == 201, answer.text
        return answer.json


def checked(raw: Any) -> Answer:
    """`raw` as an answer, after asserting what every answer of the platform keeps."""
    answer = Answer(status=raw["statusCode"], headers=raw["headers"], text=raw["body"])
    assert raw["isBase64Encoded"] is False
    assert answer.headers["x-function-version"] == "7"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert all(isinstance(value, str) for value in answer.headers.values())
    if answer.status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        document = answer.json
        assert document["status"] == answer.status
        assert {"type", "title", "detail", "instance"} <= document.keys()
        assert "Traceback" not in answer.text
    elif answer.text:
        assert answer.headers["content-type"] == "application/json"
        assert isinstance(answer.json, dict)
    return answer
