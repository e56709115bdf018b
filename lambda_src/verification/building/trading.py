"""Checks of trading."""

from __future__ import annotations

from lambda_src.verification.specs.trading import AnyTradingCheck, MarketDataCheck, RealOrderCheck


def trading_checks(
    *, orders_table: str, real_trades_allowed: bool, call_timeout_s: float = 10
) -> list[AnyTradingCheck]:
    """A real order that must be blocked (M29), and a market that moves (M13).

    `real_trades_allowed`: the environment would carry the order out, so none is attempted, and the report says why.
    """
    return [
        RealOrderCheck(
            name="trading/real-order-blocked",
            group="trading",
            remedy="Stop trading first: put the aliases back to the last release. Then look at ALLOW_REAL_TRADES and "
            "PAPER_TRADING_MODE of the function orders.",
            timeout_s=min(4 * call_timeout_s, 120),
            call_timeout_s=call_timeout_s,
            orders_table=orders_table,
            not_attempted="real trades are allowed in this environment: an order would be carried out"
            if real_trades_allowed
            else None,
        ),
        MarketDataCheck(
            name="smoke/market-data",
            group="smoke",
            remedy="The market stands still: look into the log of the function market-data, and at Redis, whose old "
            "quotes may not expire.",
            timeout_s=min(15 + 2 * call_timeout_s, 120),
            path="/api/market-data/BTC-EUR",
        ),
    ]
