"""Exchanges: the eight that the platform knows, and whether it holds credentials for them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from lambda_src.platform_common import pages, problems, secrets, services
from lambda_src.platform_common.api import Api, Reply, reply
from lambda_src.platform_common.secrets import Credentials

FUNCTION = {
    "category": "exchange",
    "route": "/api/exchanges",
    "check": "/api/exchanges",
    "critical": True,
    "public": False,
    "tables": {},
    "redis": False,
    "secrets": ["binance", "coinbase", "kraken", "okx", "bsdex", "bison", "finoa", "bybit"],
    "publishes": False,
    "workflows": [],
    "timestream": False,
    "memory_mb": None,
    "timeout_s": 10,
}

EXCHANGES = ("binance", "coinbase", "kraken", "okx", "bsdex", "bison", "finoa", "bybit")

api = Api()


@api.route("GET", "/api/exchanges")
def exchanges() -> Reply:
    """Every exchange with the state of its credentials."""
    with ThreadPoolExecutor(max_workers=len(EXCHANGES)) as pool:
        items = list(pool.map(lambda name: _document(_credentials(name)), EXCHANGES))
    return reply(200, pages.listing(items, None))


@api.route("GET", "/api/exchanges/<name>")
def exchange(name: str) -> Reply:
    """One exchange."""
    return reply(200, _document(_credentials(_known(name))))


@api.route("GET", "/api/exchanges/<name>/connection")
def connection(name: str) -> Reply:
    """How orders would reach the exchange, with the version of the credentials in use; 503 without credentials."""
    own = services.current()
    usable = secrets.require(_credentials(_known(name)), environment=own.settings.environment)
    mode = "real" if own.settings.real_trading else "paper"
    permissions = "TRADE" if own.settings.real_trading else "READ_ONLY"
    document = {"exchange": name, "mode": mode, "permissions": permissions, "credentialsVersion": usable.version_id}
    return reply(200, document)


def _known(name: str) -> str:
    if name not in EXCHANGES:
        raise problems.not_found("There is no such exchange. GET /api/exchanges lists them.")
    return name


def _credentials(name: str) -> Credentials:
    return services.current().secrets.credentials(name, secrets.EXCHANGE_FIELDS)


def _document(credentials: Credentials) -> dict[str, Any]:
    return {"exchange": credentials.name, "status": credentials.status, "credentialsVersion": credentials.version_id}


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answers one API Gateway proxy event."""
    return api.resolve(event, context)
