"""Whatever is sent to a function, it answers with a resource or a problem document, and never with a 5xx."""

from __future__ import annotations

import base64
import copy
import json
from functools import cache
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lambda_src.platform_common.store import Row, TableName
from tests.support.backend import Backend

WRITE_ROUTES = [
    ("templates", "POST", "/api/templates"),
    ("templates", "PUT", "/api/templates/my-template-1"),
    ("strategies", "POST", "/api/strategies"),
    ("strategies", "PUT", "/api/strategies/my-strategy-1"),
    ("strategies", "POST", "/api/strategies/my-strategy-1/activate"),
    ("risk_profiles", "POST", "/api/risk-profiles"),
    ("risk_profiles", "PUT", "/api/risk-profiles/my-profile-1"),
    ("data_sources", "POST", "/api/data-sources"),
    ("data_sources", "PUT", "/api/data-sources/my-source-1"),
    ("providers", "POST", "/api/providers"),
    ("providers", "PUT", "/api/providers/my-provider-1"),
    ("orders", "POST", "/api/orders"),
    ("auth", "POST", "/api/auth/csrf/verify"),
]
HANDLERS = sorted({handler for handler, _, _ in WRITE_ROUTES} | {"audit", "health", "market_data", "exchanges"})

KEYS = st.sampled_from(
    """name description csrfToken parameters templateId strategyId profileId dataSourceId providerId orderId maxDrawdown
    maxPositionSize kind url enabled refreshSeconds priority mode symbol side quantity riskProfileId""".split()  # noqa: SIM905
)
LIKELY = st.sampled_from(
    "my-template-1 my-profile-1 smoke-run-row paper real buy sell BTC-EUR news exchange x".split()  # noqa: SIM905
)
NUMBERS = st.integers() | st.floats(allow_nan=True, allow_infinity=True) | st.just(10**400) | st.just(0.1)
TEXTS = st.text(st.characters(codec=None, categories=None)) | LIKELY
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
BODIES = JSON | st.dictionaries(KEYS, JSON, max_size=8) | st.dictionaries(KEYS, LIKELY | NUMBERS, max_size=8)


def backend() -> Backend:
    """One row of everything, so that writes get past the first look-up."""
    backend = Backend()
    backend.store.tables = copy.deepcopy(_rows())
    return backend


@cache
def _rows() -> dict[TableName, dict[tuple[Any, ...], Row]]:
    backend = Backend()
    backend.create("templates", "/api/templates", {"templateId": "my-template-1", "name": "t"})
    backend.create(
        "strategies", "/api/strategies", {"strategyId": "my-strategy-1", "templateId": "my-template-1", "name": "s"}
    )
    profile = {"profileId": "my-profile-1", "name": "p", "maxDrawdown": 0.5, "maxPositionSize": 5000}
    backend.create("risk_profiles", "/api/risk-profiles", profile)
    backend.create("data_sources", "/api/data-sources", {"dataSourceId": "my-source-1", "name": "d", "kind": "news"})
    backend.create("providers", "/api/providers", {"providerId": "my-provider-1", "name": "p", "kind": "ai"})
    return backend.store.tables


@pytest.mark.parametrize(("handler", "method", "path"), WRITE_ROUTES, ids=[f"{m} {p}" for _, m, p in WRITE_ROUTES])
@settings(max_examples=40, deadline=None)
@given(body=BODIES)
@example(body={"name": "n", "parameters": {"a": 1e125, "b": -1e-128}})
@example(body={"mode": "real"})
def test_any_json_gets_a_resource_or_a_problem(handler: str, method: str, path: str, body: Any) -> None:
    own = backend()
    before = len(own.store.rows("audit"))
    answer = own.call(handler, method, path, body=json.dumps(body))
    # checked() has asserted the form of problem documents and headers.
    assert answer.status < 500
    written = len(own.store.rows("audit")) - before
    assert written == (1 if answer.status in (200, 201, 202, 403) else 0), "every write is audited, nothing else is"
    if answer.status in (200, 201):
        assert own.call(handler, "GET", answer.headers.get("location", path)).json == answer.json


@pytest.mark.parametrize(("handler", "method", "path"), WRITE_ROUTES, ids=[f"{m} {p}" for _, m, p in WRITE_ROUTES])
@settings(max_examples=20, deadline=None)
@given(body=st.binary(max_size=200), encoded=st.booleans())
def test_any_bytes_get_a_resource_or_a_problem(
    handler: str, method: str, path: str, body: bytes, encoded: bool
) -> None:
    own = backend()
    text = base64.b64encode(body).decode() if encoded else body.decode("latin-1")
    event = own.event(method, path, body=text) | {"isBase64Encoded": encoded}
    assert own.send(handler, event).status < 500


@pytest.mark.parametrize("handler", HANDLERS)
@settings(max_examples=40, deadline=None)
@given(
    method=st.sampled_from(["GET", "DELETE", "PATCH", "OPTIONS"]) | st.text(max_size=6),
    path=st.text(max_size=30) | st.text(max_size=20).map(lambda text: "/api/templates/" + text),
    query=st.none()
    | st.dictionaries(st.sampled_from(["limit", "next", "entityId", "provider"]), st.text(), max_size=3),
    headers=st.none()
    | st.dictionaries(st.sampled_from(["If-Match", "Content-Type", "Accept-Encoding"]), st.text(max_size=9)),
)
def test_any_request_line_gets_an_answer(handler: str, method: str, path: str, query: Any, headers: Any) -> None:
    own = backend()
    event = own.event(method, "/") | {"path": path, "queryStringParameters": query, "headers": headers}
    assert own.send(handler, event).status < 500


@settings(max_examples=100, deadline=None)
@given(event=JSON | st.dictionaries(st.sampled_from(["httpMethod", "path", "headers", "requestContext", "body"]), JSON))
@example({"httpMethod": "GET", "path": "/api/templates", "headers": False})
@example({"httpMethod": "GET", "path": "/api/templates", "headers": {}, "multiValueHeaders": "a"})
def test_any_event_at_all_gets_an_answer(event: Any) -> None:
    assert backend().send("templates", event).status < 500


@settings(max_examples=100, deadline=None)
@given(text=TEXTS, handler=st.sampled_from(["templates", "audit", "orders"]))
def test_tokens_that_nobody_gave_out_are_400(text: str, handler: str) -> None:
    position = base64.urlsafe_b64encode(json.dumps(["strategies", {"strategyId": text}]).encode()).decode()
    for token in (text, position):
        event = backend().event("GET", f"/api/{handler}") | {"queryStringParameters": {"next": token}}
        backend().send(handler, event).problem(400, "bad-request")
