"""Trading: real orders are refused, and the market moves."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from lambda_src.verification.specs.base import CheckSpec, UrlPath


class RealOrderCheck(CheckSpec):
    """A real order is attempted: it must be refused with 403 and counted (MISSION M29)."""

    writes: ClassVar[bool] = True

    kind: Literal["real_order"] = "real_order"
    path: UrlPath = "/api/orders"
    counter_path: UrlPath = "/api/orders/blocked"
    # For removing the order; there must be none.
    orders_table: str = Field(min_length=1)
    # Below what any exchange accepts: were the block broken, this order would still not be filled.
    quantity: str = Field(default="0.00000001", pattern=r"^0?\.\d{1,8}$")
    # Why no order is attempted, where the environment allows real ones; None: it is attempted.
    not_attempted: str | None = Field(default=None, min_length=1)
    timeout_s: float = Field(default=40, gt=0, le=120)
    call_timeout_s: float = Field(default=10, gt=0, le=60)

    @property
    def needs_api_key(self) -> bool:
        return self.not_attempted is None


class MarketDataCheck(CheckSpec):
    """A quote is read again and again until its sequence has moved on."""

    kind: Literal["market_data"] = "market_data"
    path: UrlPath
    # Seconds between two ticks of the market; one that has not moved after three stands still.
    tick_s: float = Field(default=5, gt=0, le=30)
    # Seconds between two readings.
    interval_s: float = Field(default=1, gt=0, le=10)
    timeout_s: float = Field(default=40, gt=0, le=120)

    @property
    def needs_api_key(self) -> bool:
        return True


AnyTradingCheck = RealOrderCheck | MarketDataCheck
