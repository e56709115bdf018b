"""A paper account: virtual money, positions, and the limits of a risk profile.

One account per risk profile. No short positions and no credit: what is sold must be held, what is
bought must be paid.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from lambda_src.platform_common.problems import Problem, invalid

# EUR; room for ten positions of M13's maximum size of 1000.
START_BALANCE = Decimal(10000)
# EUR amounts are kept to the eighth decimal, as exchanges do.
CENTS = Decimal("1E-8")

Side = Literal["buy", "sell"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Of the risk profile: shares of 1, and EUR."""

    max_drawdown: Decimal
    max_position_size: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Money in EUR; `peak` is the highest equity seen at an order."""

    balance: Decimal = START_BALANCE
    peak: Decimal = START_BALANCE
    positions: Mapping[str, Decimal] = field(default_factory=dict)

    def equity(self, price_of: Callable[[str], Decimal]) -> Decimal:
        """Balance and positions at these prices."""
        return self.balance + sum((held * price_of(symbol) for symbol, held in self.positions.items()), Decimal(0))

    def drawdown(self, price_of: Callable[[str], Decimal]) -> Decimal:
        """How far equity is below its peak, as a share of 1."""
        return max(Decimal(0), 1 - self.equity(price_of) / self.peak)

    def document(self) -> dict[str, Any]:
        """As it is stored."""
        return {"balance": self.balance, "peak": self.peak, "positions": dict(self.positions)}


def fill(
    account: Account,
    limits: Limits,
    *,
    symbol: str,
    side: Side,
    quantity: Decimal,
    price_of: Callable[[str], Decimal],
) -> Account:
    """The account after the order, filled at the current price.

    Raises:
        Problem: 422, a limit of the risk profile or the account forbids the order.
    """
    price = price_of(symbol)
    value = (quantity * price).quantize(CENTS)
    held = account.positions.get(symbol, Decimal(0))
    equity = account.equity(price_of)
    if side == "buy":
        drawdown = account.drawdown(price_of)
        if drawdown > limits.max_drawdown:
            raise _limit("maxDrawdown", limits.max_drawdown, drawdown, "Only sales are accepted until it recovers.")
        position = (held + quantity) * price
        if position > limits.max_position_size:
            raise _limit("maxPositionSize", limits.max_position_size, position, f"That is the position in {symbol}.")
        if value > account.balance:
            raise invalid({"field": "/quantity", "message": f"costs more than the balance of {account.balance} EUR"})
        balance, rest = account.balance - value, held + quantity
    else:
        if quantity > held:
            raise invalid({"field": "/quantity", "message": f"more than the {held} held of {symbol}"})
        balance, rest = account.balance + value, held - quantity
    positions = {name: amount for name, amount in account.positions.items() if name != symbol}
    if rest:
        positions[symbol] = rest
    return Account(balance=balance, peak=max(account.peak, equity).quantize(CENTS), positions=positions)


def _limit(name: str, limit: Decimal, found: Decimal, hint: str) -> Problem:
    refusal = invalid(detail=f"The risk profile's {name} of {limit} would be exceeded: {found:.4f}. {hint}")
    refusal.kind = "risk-limit-exceeded"
    refusal.extra = {"limit": name}
    return refusal
