"""Market data: the symbols, and the current quote of each from the cache."""

from __future__ import annotations

from typing import Any

from lambda_src.platform_common import pages, problems, services
from lambda_src.platform_common.api import Api, Reply, reply
from lambda_src.platform_common.quotes import BASE_PRICES, TICK_S, cached_quote

FUNCTION = {
    "category": "market-data",
    "route": "/api/market-data",
    "check": "/api/market-data",
    "critical": True,
    "public": False,
    "tables": {},
    "redis": True,
    "secrets": [],
    "publishes": False,
    "workflows": [],
    "timestream": False,
    "memory_mb": None,
    "timeout_s": 10,
}

api = Api()


@api.route("GET", "/api/market-data")
def symbols() -> Reply:
    """What can be quoted."""
    items = [{"symbol": symbol, "currency": "EUR", "tickSeconds": TICK_S} for symbol in BASE_PRICES]
    return reply(200, pages.listing(items, None))


@api.route("GET", "/api/market-data/<symbol>")
def quote(symbol: str) -> Reply:
    """The current quote; `cached` says whether Redis had it."""
    if symbol not in BASE_PRICES:
        raise problems.not_found("There is no such symbol. GET /api/market-data lists them.")
    own = services.current()
    found, cached = cached_quote(own.cache, own.clock, symbol)
    return reply(200, {**found.document(), "cached": cached})


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answers one API Gateway proxy event."""
    return api.resolve(event, context)
