"""Asking an AI provider, against a server of our own on loopback."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from lambda_src.platform_common import ai
from lambda_src.platform_common.problems import Problem

PRICES = [Decimal("1.5"), Decimal("1.6")]


class Provider:
    """Answers every request with `status` and `body`, and keeps what it was asked."""

    def __init__(self) -> None:
        self.status = 200
        self.body = b"{}"
        self.asked: list[tuple[str, dict[str, str], Any]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                document = json.loads(self.rfile.read(int(self.headers["content-length"])))
                outer.asked.append((self.path, dict(self.headers), document))
                self.send_response(outer.status)
                self.send_header("content-length", str(len(outer.body)))
                self.end_headers()
                self.wfile.write(outer.body)

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)

    def connect(self, _host: str) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=5)

    def says(self, content: Any) -> None:
        self.body = json.dumps({"choices": [{"message": {"content": content}}]}).encode()


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    thread = Thread(target=provider.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield provider
    provider.server.shutdown()
    thread.join()
    provider.server.server_close()


def ask(provider: Provider, name: str = "openai") -> Any:
    return ai.ask(name, api_key="the-key", symbol="BTC-EUR", prices=PRICES, connect=provider.connect)


@pytest.mark.parametrize("name", ai.PROVIDERS)
def test_question_and_answer(provider: Provider, name: str) -> None:
    provider.says('{"action": "buy", "strength": 0.75, "reason": "it rises"}')
    signal = ask(provider, name)
    assert (signal.action, signal.strength, signal.reason) == ("buy", Decimal("0.75"), "it rises")
    ((path, headers, document),) = provider.asked
    assert path == ai.PROVIDERS[name].path
    assert headers["authorization"] == "Bearer the-key"
    assert document["model"] == ai.PROVIDERS[name].model
    assert "1.5, 1.6" in document["messages"][0]["content"]


def test_an_answer_in_a_code_block_is_understood(provider: Provider) -> None:
    provider.says('```json\n{"action": "hold", "strength": 0, "reason": "flat"}\n```')
    assert ask(provider).action == "hold"


@pytest.mark.parametrize(
    "content",
    [
        "buy!",
        "{}",
        None,
        7,
        '{"action": "gamble", "strength": 0.5, "reason": "r"}',
        '{"action": "buy", "strength": 2, "reason": "r"}',
        '{"action": "buy", "strength": "0.5", "reason": "r"}',
        '{"action": "buy", "strength": NaN, "reason": "r"}',
        '{"action": ["buy"], "strength": 0.5, "reason": "r"}',
        '{"action": "buy", "strength": 0.5, "reason": null}',
        '["action", "strength", "reason"]',
    ],
)
def test_any_other_form_is_a_502(provider: Provider, content: Any) -> None:
    provider.says(content)
    with pytest.raises(Problem) as caught:
        ask(provider)
    assert (int(caught.value.status), caught.value.kind) == (502, "provider-failed")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"choices": []}', b"\xff"])
def test_no_chat_completion_is_a_502(provider: Provider, body: bytes) -> None:
    provider.body = body
    with pytest.raises(Problem, match="another form"):
        ask(provider)


def test_a_refusal_is_a_502_that_repeats_neither_key_nor_text(provider: Provider) -> None:
    provider.status, provider.body = 401, b'{"error": "Incorrect API key provided: the-key"}'
    with pytest.raises(Problem, match="status 401") as caught:
        ask(provider)
    assert "the-key" not in json.dumps(caught.value.document("i"))


def test_no_connection_is_a_502() -> None:
    def refuse(host: str) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", 1, timeout=1)

    with pytest.raises(Problem, match="did not answer"):
        ai.ask("gemini", api_key="k", symbol="BTC-EUR", prices=PRICES, connect=refuse)


def test_providers_are_asked_over_tls_only() -> None:
    for provider in ai.PROVIDERS.values():
        assert isinstance(ai._https(provider.host), http.client.HTTPSConnection)
