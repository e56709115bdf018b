"""Quotes and signals: figures that anybody can compute again."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from lambda_src.platform_common.quotes import BASE_PRICES, JITTER, WAVES, history, quote, sequence_at
from lambda_src.platform_common.signals import LONG, moving_average_signal


@pytest.mark.parametrize("symbol", BASE_PRICES)
def test_prices_move_within_their_band(symbol: str) -> None:
    prices = history(symbol, until=400_000_000, length=1500)
    band = sum(share for _, share in WAVES) + JITTER
    base = Decimal(BASE_PRICES[symbol])
    assert all(abs(price / base - 1) <= Decimal(band) for price in prices)
    assert len(set(prices)) > 500
    assert max(prices) / min(prices) > Decimal("1.04")


def test_a_price_depends_on_symbol_and_time_only() -> None:
    assert quote("BTC-EUR", 353_692_800) == quote("BTC-EUR", 353_692_800)
    assert quote("BTC-EUR", 353_692_800).price != quote("BTC-EUR", 353_692_801).price


def test_a_tick_is_five_seconds() -> None:
    first = datetime(2026, 1, 15, 12, 0, 0, tzinfo=UTC)
    assert sequence_at(first.replace(second=4, microsecond=999_999)) == sequence_at(first)
    assert sequence_at(first.replace(second=5)) == sequence_at(first) + 1
    assert quote("BTC-EUR", sequence_at(first)).as_of == "2026-01-15T12:00:00.000000Z"


@pytest.mark.parametrize(
    ("step", "action", "strength"),
    [("1", "buy", "1"), ("0", "hold", "0"), ("-1", "sell", "1"), ("0.003", "hold", "0.07"), ("0.1", "buy", "1")],
)
def test_signal_follows_the_trend(step: str, action: str, strength: str) -> None:
    prices = [Decimal(100) + Decimal(step) * number for number in range(LONG)]
    signal = moving_average_signal(prices)
    assert (signal.action, signal.strength) == (action, Decimal(strength))
