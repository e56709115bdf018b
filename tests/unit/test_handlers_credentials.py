"""Exchanges and AI intelligence: what they say about secrets, and what they never say (F23)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from lambda_src.handlers import ai_intelligence, exchanges
from lambda_src.platform_common import ai
from lambda_src.platform_common.signals import Signal
from tests.support.backend import Backend

EXCHANGES = ["binance", "coinbase", "kraken", "okx", "bsdex", "bison", "finoa", "bybit"]
KEYS = {"apiKey": "AKEYAKEYAKEY", "apiSecret": "ASECRETASECRET"}


@pytest.fixture
def backend() -> Backend:
    return Backend()


def test_all_eight_exchanges_are_declared_and_listed(backend: Backend) -> None:
    backend.secrets.populated["kraken"] = KEYS
    items = backend.call("exchanges", "GET", "/api/exchanges").json["items"]
    assert [item["exchange"] for item in items] == EXCHANGES == exchanges.FUNCTION["secrets"]
    assert [item["exchange"] for item in items if item["status"] == "populated"] == ["kraken"]


def test_one_exchange(backend: Backend) -> None:
    assert backend.call("exchanges", "GET", "/api/exchanges/okx").json["status"] == "placeholder"
    backend.call("exchanges", "GET", "/api/exchanges/mtgox").problem(404, "not-found")
    backend.call("exchanges", "GET", "/api/exchanges/mtgox/connection").problem(404, "not-found")


def test_connection_needs_populated_credentials(backend: Backend) -> None:
    document = backend.call("exchanges", "GET", "/api/exchanges/bybit/connection").problem(503, "secret-not-populated")
    assert document["secret"] == "bybit"
    assert "bybit" in document["detail"]
    backend.secrets.populated["bybit"] = {"apiKey": "only half"}
    backend.call("exchanges", "GET", "/api/exchanges/bybit/connection").problem(503, "secret-not-populated")
    backend.secrets.populated["bybit"] = KEYS
    connection = backend.call("exchanges", "GET", "/api/exchanges/bybit/connection").json
    assert connection == {
        "exchange": "bybit",
        "mode": "paper",
        "permissions": "READ_ONLY",
        "credentialsVersion": "v1",
    }


@pytest.mark.parametrize("path", ["", "/kraken", "/kraken/connection"])
def test_values_are_in_no_answer_and_no_log(backend: Backend, path: str, capsys: Any) -> None:
    backend.secrets.populated["kraken"] = KEYS
    answer = backend.call("exchanges", "GET", f"/api/exchanges{path}")
    captured = capsys.readouterr()
    for value in KEYS.values():
        assert value not in answer.text + captured.err + captured.out
    assert KEYS["apiKey"] not in repr(backend.secrets.credentials("kraken", ("apiKey",)))


def test_ai_providers_are_declared_and_listed(backend: Backend) -> None:
    backend.secrets.populated["openai"] = {"apiKey": "key"}
    items = backend.call("ai_intelligence", "GET", "/api/ai-intelligence").json["items"]
    assert [item["provider"] for item in items] == ["gemini", "openai", "deepseek"]
    assert [item["provider"] for item in items] == ai_intelligence.FUNCTION["secrets"]
    assert [item["status"] for item in items] == ["placeholder", "populated", "placeholder"]


def test_signal_by_rule_needs_no_provider(backend: Backend) -> None:
    signal = backend.call("ai_intelligence", "GET", "/api/ai-intelligence/signals/BTC-EUR").json
    assert signal["action"] in ("buy", "sell", "hold")
    assert 0 <= signal["strength"] <= 1
    assert (signal["symbol"], signal["provider"]) == ("BTC-EUR", "rules")
    assert backend.call("ai_intelligence", "GET", "/api/ai-intelligence/signals/BTC-EUR?provider=rules").json == signal


@pytest.mark.parametrize("name", ["gemini", "openai", "deepseek"])
def test_signal_of_a_provider_without_credentials_names_the_secret(backend: Backend, name: str) -> None:
    answer = backend.call("ai_intelligence", "GET", f"/api/ai-intelligence/signals/BTC-EUR?provider={name}")
    document = answer.problem(503, "secret-not-populated")
    assert document["secret"] == name
    assert name in document["detail"]


def test_signal_of_a_populated_provider_is_the_providers(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    def answer(name: str, **question: Any) -> Signal:
        asked.update(question, name=name)
        return Signal(action="sell", strength=Decimal("0.5"), reason="because")

    monkeypatch.setattr(ai, "ask", answer)
    backend.secrets.populated["gemini"] = {"apiKey": "key"}
    signal = backend.call("ai_intelligence", "GET", "/api/ai-intelligence/signals/ETH-EUR?provider=gemini").json
    assert (signal["action"], signal["provider"], signal["reason"]) == ("sell", "gemini", "because")
    assert (asked["name"], asked["api_key"], asked["symbol"], len(asked["prices"])) == ("gemini", "key", "ETH-EUR", 60)


def test_unknown_symbols_and_providers_are_refused(backend: Backend) -> None:
    backend.call("ai_intelligence", "GET", "/api/ai-intelligence/signals/NONE").problem(404, "not-found")
    path = "/api/ai-intelligence/signals/BTC-EUR?provider=eliza"
    assert "gemini" in backend.call("ai_intelligence", "GET", path).problem(400, "bad-request")["detail"]
