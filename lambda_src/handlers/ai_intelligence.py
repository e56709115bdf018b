"""AI intelligence: which providers can be asked, and a trading signal for a symbol."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from lambda_src.platform_common import ai, pages, problems, quotes, secrets, services
from lambda_src.platform_common.api import Api, Reply, reply
from lambda_src.platform_common.signals import LONG, moving_average_signal

FUNCTION = {
    "category": "ai-intelligence",
    "route": "/api/ai-intelligence",
    "check": "/api/ai-intelligence",
    "critical": True,
    "public": False,
    "tables": {},
    "redis": False,
    "secrets": ["gemini", "openai", "deepseek"],
    "publishes": False,
    "workflows": [],
    "timestream": False,
    "memory_mb": None,
    # A provider may take its time; API Gateway waits 29 s.
    "timeout_s": 20,
}

RULES = "rules"

api = Api()


@api.route("GET", "/api/ai-intelligence")
def providers() -> Reply:
    """Every provider with the state of its credentials."""
    own = services.current()
    with ThreadPoolExecutor(max_workers=len(ai.PROVIDERS)) as pool:
        found = list(pool.map(lambda name: own.secrets.credentials(name, secrets.AI_FIELDS), ai.PROVIDERS))
    items = [{"provider": one.name, "status": one.status, "model": ai.PROVIDERS[one.name].model} for one in found]
    return reply(200, pages.listing(items, None))


@api.route("GET", "/api/ai-intelligence/signals/<symbol>")
def signal(symbol: str) -> Reply:
    """A signal by rule, or with `?provider=NAME` by that provider; 503 while its secret is a placeholder."""
    if symbol not in quotes.BASE_PRICES:
        raise problems.not_found("There is no such symbol. GET /api/market-data lists them.")
    own = services.current()
    sequence = quotes.sequence_at(own.clock.now())
    prices = quotes.history(symbol, until=sequence, length=LONG)
    name = api.call.query.get("provider", RULES)
    if name == RULES:
        found = moving_average_signal(prices)
    elif name in ai.PROVIDERS:
        credentials = own.secrets.credentials(name, secrets.AI_FIELDS)
        usable = secrets.require(credentials, environment=own.settings.environment)
        found = ai.ask(name, api_key=usable.values["apiKey"], symbol=symbol, prices=prices)
    else:
        raise problems.bad_request(f"provider is one of {', '.join((RULES, *ai.PROVIDERS))}.")
    return reply(200, {"symbol": symbol, "provider": name, **found.document(), "sequence": sequence})


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answers one API Gateway proxy event."""
    return api.resolve(event, context)
