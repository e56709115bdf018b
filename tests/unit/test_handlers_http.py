"""What holds on every route of every function: problems instead of errors, headers, one log line."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from lambda_src.handlers import templates
from lambda_src.platform_common.api import Api, reply
from lambda_src.platform_common.aws import AwsError
from lambda_src.platform_common.log import logger
from tests.support.backend import HANDLERS, ORIGIN, Backend, Context, checked, variables
from tests.support.memory import MemoryStore

ROUTES = {
    "health": "/health",
    "templates": "/api/templates",
    "strategies": "/api/strategies",
    "risk_profiles": "/api/risk-profiles",
    "data_sources": "/api/data-sources",
    "providers": "/api/providers",
    "market_data": "/api/market-data",
    "ai_intelligence": "/api/ai-intelligence",
    "exchanges": "/api/exchanges",
    "orders": "/api/orders",
    "audit": "/api/audit",
    "auth": "/api/auth",
}
WRITABLE = ("templates", "strategies", "risk_profiles", "data_sources", "providers", "orders")


@pytest.fixture
def backend() -> Backend:
    return Backend()


@pytest.mark.parametrize("handler", HANDLERS)
def test_the_checked_path_answers_200(backend: Backend, handler: str) -> None:
    module = __import__(f"lambda_src.handlers.{handler}", fromlist=["FUNCTION"])
    assert module.FUNCTION["route"] == ROUTES[handler]
    assert backend.call(handler, "GET", module.FUNCTION["check"]).status == 200


@pytest.mark.parametrize("handler", HANDLERS)
def test_a_trailing_slash_changes_nothing(backend: Backend, handler: str) -> None:
    assert backend.call(handler, "GET", ROUTES[handler] + "/").status == 200


@pytest.mark.parametrize("handler", HANDLERS)
@pytest.mark.parametrize("path", ["/nothing/here", "/", "", "/api/templatesx", "/api/../etc/passwd", "/api/%00", "//"])
def test_unknown_routes_are_404(backend: Backend, handler: str, path: str) -> None:
    backend.call(handler, "GET", path).problem(404, "not-found")


@pytest.mark.parametrize("handler", HANDLERS)
@pytest.mark.parametrize("method", ["PATCH", "HEAD", "TRACE", "BREW"])
def test_unknown_methods_are_405_and_say_what_is_known(backend: Backend, handler: str, method: str) -> None:
    answer = backend.call(handler, method, ROUTES[handler])
    answer.problem(405, "method-not-allowed")
    assert answer.headers["allow"] == ("GET, POST" if handler in WRITABLE else "GET")


def test_orders_cannot_be_changed(backend: Backend) -> None:
    answer = backend.call("orders", "PUT", "/api/orders/some-order-id", body={})
    answer.problem(405, "method-not-allowed")
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize("handler", HANDLERS)
def test_preflight_needs_no_body_and_no_store(backend: Backend, handler: str) -> None:
    answer = backend.call(handler, "OPTIONS", ROUTES[handler], headers={"Origin": ORIGIN})
    assert answer.status == 204
    assert {"GET", "POST", "PUT", "DELETE"} <= set(answer.headers["access-control-allow-methods"].split(","))
    assert {"content-type", "x-api-key"} <= set(answer.headers["access-control-allow-headers"].split(","))
    assert backend.store.reads == 0


@pytest.mark.parametrize("handler", WRITABLE)
@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ("{", 400, "malformed-json"),
        ("", 400, "malformed-json"),
        ('{"name": NaN}', 400, "malformed-json"),
        ('{"name": Infinity}', 400, "malformed-json"),
        ('{"name": "a", "name": "b"}', 400, "malformed-json"),
        ("[]", 422, "invalid"),
        ("null", 422, "invalid"),
        ('"text"', 422, "invalid"),
        ("7", 422, "invalid"),
        ("{}", 422, "invalid"),
        ('{"parameters": {"a": 1e400}}', 422, "invalid"),
        ("[" * 20000, 422, "invalid"),
        ('{"parameters": {"a": "\\ud800"}}', 422, "invalid"),
        ('"' + "x" * (64 * 1024) + '"', 413, "too-large"),
        ("ä" * (32 * 1024 + 1), 413, "too-large"),
    ],
)
def test_bodies_that_are_wrong_are_refused(backend: Backend, handler: str, body: str, status: int, kind: str) -> None:
    backend.call(handler, "POST", ROUTES[handler], body=body).problem(status, kind)
    assert not any(backend.store.tables.values())


@pytest.mark.parametrize("handler", WRITABLE)
@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/xml", "", "application/x-www-form-urlencoded", "application/json; charset=latin-1"],
)
def test_other_content_types_are_415(backend: Backend, handler: str, content_type: str) -> None:
    answer = backend.call(handler, "POST", ROUTES[handler], body="{}", headers={"Content-Type": content_type})
    answer.problem(415, "unsupported-media-type")


def test_no_content_type_is_415(backend: Backend) -> None:
    event = backend.event("POST", "/api/templates", body={"name": "t"})
    event["headers"] = None
    backend.send("templates", event).problem(415, "unsupported-media-type")


@pytest.mark.parametrize(
    "content_type", ["APPLICATION/JSON", 'application/json; charset="UTF-8"', "application/json;charset=utf-8"]
)
def test_spellings_of_json_are_accepted(backend: Backend, content_type: str) -> None:
    headers = {"Content-Type": content_type}
    assert backend.call("templates", "POST", "/api/templates", body={"name": "t"}, headers=headers).status == 201


def test_base64_bodies_are_decoded_or_refused(backend: Backend) -> None:
    event = backend.event("POST", "/api/templates", body=base64.b64encode(b'{"name":"t"}').decode())
    event["isBase64Encoded"] = True
    assert backend.send("templates", event).json["name"] == "t"
    backend.send("templates", event | {"body": "no base64!"}).problem(400, "bad-request")
    too_long = base64.b64encode(b" " * (64 * 1024 + 1)).decode()
    backend.send("templates", event | {"body": too_long}).problem(413, "too-large")


@pytest.mark.parametrize(
    "event", [{}, None, [], "text", {"httpMethod": "GET"}, {"path": "/health"}, {"httpMethod": None, "path": 7}]
)
def test_what_is_no_proxy_event_is_400(backend: Backend, event: Any) -> None:
    backend.send("templates", event).problem(400, "bad-request")


def test_an_event_with_holes_still_works(backend: Backend) -> None:
    event = {"httpMethod": "get", "path": "/api/templates", "headers": None, "requestContext": None, "body": None}
    assert backend.send("templates", event).status == 200


@pytest.mark.parametrize("temporary", [True, False])
def test_errors_of_aws_become_problems_without_internals(
    backend: Backend, monkeypatch: pytest.MonkeyPatch, temporary: bool
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise AwsError(service="dynamodb", operation="scan", code="Secret-Inner-Code", temporary=temporary, response={})

    monkeypatch.setattr(MemoryStore, "scan", fail)
    answer = backend.call("templates", "GET", "/api/templates")
    answer.problem(*((503, "busy") if temporary else (500, "internal")))
    assert "Secret-Inner-Code" not in answer.text
    assert "request-1" in answer.json["instance"]


def test_a_bug_becomes_a_500_problem_with_its_trace_in_the_log_only(
    backend: Backend, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("inner workings")

    monkeypatch.setattr(MemoryStore, "get", fail)
    answer = backend.call("templates", "GET", "/api/templates/some-template")
    answer.problem(500, "internal")
    captured = capsys.readouterr()
    assert "inner workings" not in answer.text
    assert "inner workings" in captured.err
    assert "request-1" in captured.err


def test_missing_environment_variables_are_a_500_problem_that_the_log_names(
    monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    for name, value in variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("TABLE_AUDIT")
    answer = checked(templates.handler(Backend().event("GET", "/api/templates"), Context()))
    answer.problem(500, "internal")
    assert "TABLE_AUDIT" in capsys.readouterr().err


@pytest.mark.parametrize("handler", HANDLERS)
def test_an_invocation_logs_little_and_to_stderr(backend: Backend, handler: str, capsys: Any) -> None:
    backend.call(handler, "GET", ROUTES[handler])
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    entry = json.loads(line)
    assert (entry["message"], entry["status"], entry["path"]) == ("request", 200, ROUTES[handler])
    assert (entry["request_id"], entry["function_version"]) == ("request-1", "7")


def test_neither_the_api_key_nor_the_body_is_logged(backend: Backend, capsys: Any) -> None:
    logger.setLevel("DEBUG")
    try:
        headers = {"x-api-key": "the-key-itself"}
        body = {"name": "t", "description": "private words"}
        backend.call("templates", "POST", "/api/templates", body=body, headers=headers)
        backend.call("templates", "POST", "/api/templates", body={**body, "x": 1}, headers=headers)
    finally:
        logger.setLevel("INFO")
    captured = capsys.readouterr()
    assert "the-key-itself" not in captured.err + captured.out
    assert "private words" not in captured.err + captured.out
    assert "the-key-itself" not in json.dumps(backend.store.rows("audit"), default=str)


def test_powertools_dev_mode_prints_no_event(backend: Backend, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setenv("POWERTOOLS_DEV", "true")
    api = Api()  # Powertools reads the variable when the routes are made
    api.route("GET", "/x")(lambda: reply(200, {}))
    assert api.resolve(backend.event("GET", "/x"), Context())["statusCode"] == 200
    assert capsys.readouterr().out == ""
