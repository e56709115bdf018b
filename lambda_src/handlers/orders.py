"""Orders: simulated on paper within the limits of a risk profile; real ones refused and counted."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from lambda_src.platform_common import paper, services
from lambda_src.platform_common.api import Api, Reply, reply
from lambda_src.platform_common.bodies import Body, RowId, validated
from lambda_src.platform_common.crud import Resource, list_rows, shown
from lambda_src.platform_common.quotes import BASE_PRICES

FUNCTION = {
    "category": "orders",
    "route": "/api/orders",
    "check": "/api/orders",
    "critical": True,
    "public": False,
    "tables": {"orders": "read_append_update", "risk-profiles": "get", "strategies": "get", "audit": "append"},
    "redis": False,
    "secrets": [],
    "publishes": True,
    "workflows": [],
    "timestream": False,
    "memory_mb": None,
    "timeout_s": 10,
    "parameters": ["emergency-stop"],
}


def _known(symbol: str) -> str:
    if symbol not in BASE_PRICES:
        raise ValueError("no such symbol; GET /api/market-data lists them")
    return symbol


class PaperOrder(Body):
    """A market order; `quantity` is in units of the symbol's first half."""

    order_id: RowId | None = None
    mode: Literal["paper"]
    symbol: Annotated[str, AfterValidator(_known)]
    side: Literal["buy", "sell"]
    quantity: Annotated[Decimal, Field(gt=0, le=1_000_000_000, decimal_places=8)]
    risk_profile_id: RowId
    strategy_id: RowId | None = None


ORDERS = Resource(entity="order", table="orders", route="/api/orders", id_name="orderId", body=PaperOrder)

api = Api()


@api.route("GET", "/api/orders")
def orders() -> Reply:
    """The orders; counters and accounts in the same table have no `mode`."""
    return list_rows(api, ORDERS, having="mode")


@api.route("POST", "/api/orders")
def place() -> Reply:
    """Fills a paper order, unless trading is stopped. A real one is refused before anything else in it is looked at."""
    document = api.json()
    if isinstance(document, dict) and document.get("mode") == "real":
        raise paper.refuse_real(services.current(), api.call, document)
    services.current().stop.refuse_if_pulled()
    order = validated(PaperOrder, document).fields()
    row, created = paper.place(services.current(), api.call, order)
    return shown(201 if created else 200, row, location=f"/api/orders/{row['orderId']}")


@api.route("GET", "/api/orders/blocked")
def blocked() -> Reply:
    """How many real orders were refused."""
    return reply(200, {"blocked": paper.blocked(services.current())})


@api.route("GET", "/api/orders/accounts/<profile_id>")
def account(profile_id: str) -> Reply:
    """The paper account of a risk profile: balance, positions, equity and drawdown at current prices."""
    return reply(200, paper.account_of(services.current(), profile_id))


@api.route("GET", "/api/orders/<row_id>")
def order(row_id: str) -> Reply:
    """One order."""
    return shown(200, ORDERS.find(row_id))


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answers one API Gateway proxy event."""
    return api.resolve(event, context)
