"""Market data: cached in Redis, and answered without it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lambda_src.platform_common.quotes import BASE_PRICES, TICK_S
from tests.support.backend import Backend


@pytest.fixture
def backend() -> Backend:
    return Backend()


def test_symbols_are_listed_without_the_cache(backend: Backend) -> None:
    backend.cache.down = True
    page = backend.call("market_data", "GET", "/api/market-data").json
    assert [item["symbol"] for item in page["items"]] == list(BASE_PRICES)


def test_second_quote_comes_from_the_cache(backend: Backend) -> None:
    first = backend.call("market_data", "GET", "/api/market-data/BTC-EUR").json
    second = backend.call("market_data", "GET", "/api/market-data/BTC-EUR").json
    assert {"symbol", "price", "asOf", "sequence", "cached"} == first.keys()
    assert (first.pop("cached"), second.pop("cached")) == (False, True)
    assert first == second


def test_price_moves_on(backend: Backend) -> None:
    first = backend.call("market_data", "GET", "/api/market-data/BTC-EUR").json
    backend.cache.values.clear()
    backend.clock.moment += timedelta(seconds=TICK_S)
    second = backend.call("market_data", "GET", "/api/market-data/BTC-EUR").json
    assert second["sequence"] == first["sequence"] + 1
    assert second["price"] != first["price"]


def test_without_redis_the_quote_is_fresh_and_the_log_warns(
    backend: Backend, capsys: pytest.CaptureFixture[str]
) -> None:
    backend.cache.down = True
    quotes = [backend.call("market_data", "GET", "/api/market-data/ETH-EUR") for _ in range(2)]
    assert [(quote.status, quote.json["cached"]) for quote in quotes] == [(200, False)] * 2
    assert '"level":"WARNING"' in capsys.readouterr().err


@pytest.mark.parametrize("kept", ["", "7", "{}", '["x","y","z"]', '["1",2]', '["NaN2","",1]', "null"])
def test_a_cached_form_of_another_release_is_ignored(backend: Backend, kept: str) -> None:
    """F43, for the cache."""
    backend.cache.values["quote:BTC-EUR"] = kept
    assert backend.call("market_data", "GET", "/api/market-data/BTC-EUR").json["cached"] is False


@pytest.mark.parametrize("symbol", ["DOGE-EUR", "btc-eur", "BTC-EUR%00", "'; DROP TABLE", "x" * 500])
def test_unknown_symbols_are_404(backend: Backend, symbol: str) -> None:
    backend.call("market_data", "GET", f"/api/market-data/{symbol}").problem(404, "not-found")
