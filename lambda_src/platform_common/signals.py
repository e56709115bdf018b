"""A rule-based trading signal: two moving averages and the distance between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import mean
from typing import Any, Literal

# Prices in the short and the long average; at 5 s each a minute against five.
SHORT = 12
LONG = 60
# Averages closer than this share of the price say nothing.
THRESHOLD = Decimal("0.001")
# A distance of one per cent is as strong as a signal gets.
FULL_STRENGTH = Decimal("0.01")

Action = Literal["buy", "sell", "hold"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """What to do, and how clear that is: `strength` from 0 to 1."""

    action: Action
    strength: Decimal
    reason: str

    def document(self) -> dict[str, Any]:
        """As the API shows it."""
        return {"action": self.action, "strength": self.strength, "reason": self.reason}


def moving_average_signal(prices: Sequence[Decimal]) -> Signal:
    """The signal of at least `LONG` prices, oldest first: buy above, sell below, hold in between."""
    short, long = mean(prices[-SHORT:]), mean(prices[-LONG:])
    distance = (short - long) / long
    action: Action = "hold" if abs(distance) < THRESHOLD else "buy" if distance > 0 else "sell"
    strength = min(abs(distance) / FULL_STRENGTH, Decimal(1)).quantize(Decimal("0.01"))
    reason = f"average of {SHORT} prices is {distance * 100:+.2f} % from that of {LONG}"
    return Signal(action=action, strength=strength, reason=reason)
