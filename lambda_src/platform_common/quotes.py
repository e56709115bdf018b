"""Simulated market data: deterministic, and moving on by itself.

In paper mode no exchange is asked. A price is a function of symbol and time only, so every function,
test and laptop sees the same market, and a price can be computed again for any moment.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from lambda_src.platform_common.cache import Cache, CacheUnavailable
from lambda_src.platform_common.clock import Clock, iso
from lambda_src.platform_common.log import logger

# Seconds between two prices.
TICK_S = 5
# Round starting prices in EUR, of the order of magnitude of 2025; nothing depends on them.
BASE_PRICES = {
    "BTC-EUR": 60000.0,
    "ETH-EUR": 2500.0,
    "SOL-EUR": 140.0,
    "ADA-EUR": 0.65,
    "XRP-EUR": 2.1,
    "DOT-EUR": 4.0,
}
# Two waves (an hour and about eight minutes long) and a jitter, as shares of the base price.
WAVES = ((720, 0.03), (97, 0.012))
JITTER = 0.002


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A price in EUR at one tick."""

    symbol: str
    price: Decimal
    as_of: str
    sequence: int

    def document(self) -> dict[str, Any]:
        """As the API shows it."""
        return {"symbol": self.symbol, "price": self.price, "asOf": self.as_of, "sequence": self.sequence}


def sequence_at(moment: datetime) -> int:
    """The number of the tick that `moment` falls into."""
    return int(moment.timestamp()) // TICK_S


def quote(symbol: str, sequence: int) -> Quote:
    """The quote of `symbol` (a key of `BASE_PRICES`) at a tick."""
    seed = hashlib.sha256(symbol.encode()).digest()
    shift = sum(
        share * math.sin(2 * math.pi * (sequence / length + seed[position] / 256))
        for position, (length, share) in enumerate(WAVES)
    )
    noise = int.from_bytes(hashlib.sha256(f"{symbol}#{sequence}".encode()).digest()[:4], "big") / 2**32 - 0.5
    price = BASE_PRICES[symbol] * (1 + shift + JITTER * noise)
    return Quote(
        symbol=symbol,
        price=Decimal(f"{price:.{2 if price >= 10 else 4}f}"),
        as_of=iso(datetime.fromtimestamp(sequence * TICK_S, UTC)),
        sequence=sequence,
    )


def history(symbol: str, *, until: int, length: int) -> list[Decimal]:
    """The last `length` prices up to and including tick `until`, oldest first."""
    return [quote(symbol, sequence).price for sequence in range(until - length + 1, until + 1)]


def cached_quote(cache: Cache, clock: Clock, symbol: str) -> tuple[Quote, bool]:
    """The current quote of `symbol`, and whether it came from the cache.

    Without the cache the quote is made afresh, with a warning in the log.
    """
    key = f"quote:{symbol}"
    try:
        kept = cache.get(key)
        if kept is not None:
            return _from_cache(symbol, kept), True
    except (CacheUnavailable, ValueError) as error:
        logger.warning("market data without cache", symbol=symbol, reason=str(error))
        return quote(symbol, sequence_at(clock.now())), False
    fresh = quote(symbol, sequence_at(clock.now()))
    try:
        cache.put(key, json.dumps([str(fresh.price), fresh.as_of, fresh.sequence]), ttl_ms=TICK_S * 1000)
    except CacheUnavailable as error:
        logger.warning("quote not cached", symbol=symbol, reason=str(error))
    return fresh, False


def _from_cache(symbol: str, text: str) -> Quote:
    """Raises ValueError for anything that this release did not write in this form."""
    try:
        price, as_of, sequence = json.loads(text)
        if Decimal(price).is_finite():
            return Quote(symbol=symbol, price=Decimal(price), as_of=str(as_of), sequence=int(sequence))
    except (ArithmeticError, TypeError, ValueError) as error:
        raise ValueError("unknown form of a cached quote") from error
    raise ValueError("a cached quote that is no number")
