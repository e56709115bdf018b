"""Paper trading: filling orders against simulated quotes, and refusing real ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from lambda_src.platform_common import changes, json_text, problems, quotes
from lambda_src.platform_common.api import Call
from lambda_src.platform_common.changes import Change
from lambda_src.platform_common.clock import expiry, is_id, is_throw_away, iso, new_id
from lambda_src.platform_common.log import count
from lambda_src.platform_common.portfolio import Account, Limits, fill
from lambda_src.platform_common.problems import Problem
from lambda_src.platform_common.services import Services
from lambda_src.platform_common.store import Add, ConditionFailed, Put, Row, When, Write

COUNTER = {"orderId": "counter#real-trades-blocked"}
ATTEMPTS = 3


def refuse_real(services: Services, call: Call, document: Mapping[str, Any]) -> Problem:
    """Counts the attempt and returns the refusal: 403, or 501 where real trading is on."""
    if services.settings.real_trading:
        detail = "This release has no connector that sends orders to an exchange. No order was placed."
        return Problem(HTTPStatus.NOT_IMPLEMENTED, "no-exchange-connector", detail)
    wished = document.get("orderId")
    order_id = wished if isinstance(wished, str) and is_id(wished) else new_id("order")
    # On its own, not with the audit entry: attempts of the same moment then queue at the counter and none conflicts.
    services.store.commit([Add(table="orders", key=COUNTER, attribute="blocked", amount=1)])
    changes.make(services, call, Change(entity="order", row_id=order_id, action="blocked", version=0), [])
    count("RealTradesBlocked", environment=services.settings.environment)
    detail = f"Real trading is off in environment {services.settings.environment!r}. The attempt was counted."
    return Problem(HTTPStatus.FORBIDDEN, "real-trading-off", detail, extra={"orderId": order_id})


def blocked(services: Services) -> int:
    """How many real orders were refused so far."""
    row = services.store.get("orders", COUNTER) or {}
    return int(row.get("blocked") or 0)


def place(services: Services, call: Call, order: Row) -> tuple[Row, bool]:
    """Fills a validated paper order and returns its row, and whether it is new.

    Raises:
        Problem: 409 the id belongs to another order, 422 unknown profile or strategy, or a limit.
    """
    order_id = order.get("orderId")
    existing = services.store.get("orders", {"orderId": order_id}) if order_id else None
    if existing is not None:
        return _same(existing, order), False
    profile = _profile(services, order["riskProfileId"])
    if "strategyId" in order and not services.store.get("strategies", {"strategyId": order["strategyId"]}):
        raise problems.invalid({"field": "/strategyId", "message": "there is no strategy with this id"})
    for _ in range(ATTEMPTS):
        now = services.clock.now()
        row, writes = _filled(services, profile, order, order_id or new_id("order"), now)
        change = Change(
            entity="order", row_id=row["orderId"], action="created", version=1, throw_away="expiresAt" in row
        )
        try:
            changes.make(services, call, change, writes)
        except ConditionFailed as error:
            taken = services.store.get("orders", {"orderId": row["orderId"]}) if 0 in error.failed else None
            if taken is not None:
                return _same(taken, order), False
            continue
        count("TradesExecuted", environment=services.settings.environment)
        return row, True
    raise problems.conflict("changed-meanwhile", "Other orders are changing the account. Try again.")


def account_of(services: Services, profile_id: str) -> dict[str, Any]:
    """The account of a risk profile at current prices.

    Raises:
        Problem: 404, no such profile.
    """
    profile = services.store.get("risk-profiles", {"profileId": profile_id}) if is_id(profile_id) else None
    if profile is None:
        raise problems.not_found("There is no risk-profile with this id.")
    account, _ = _account(services, profile)
    prices = _prices(services.clock.now())
    return {
        "profileId": profile_id,
        "currency": "EUR",
        **account.document(),
        "equity": account.equity(prices),
        "drawdown": account.drawdown(prices).quantize(Decimal("0.0001")),
    }


def _filled(services: Services, profile: Row, order: Row, order_id: str, now: datetime) -> tuple[Row, list[Write]]:
    """The order's row, and the writes that fill it."""
    account, account_version = _account(services, profile)
    prices = _prices(now)
    limits = Limits(max_drawdown=profile["maxDrawdown"], max_position_size=profile["maxPositionSize"])
    try:
        changed = fill(
            account,
            limits,
            symbol=order["symbol"],
            side=order["side"],
            quantity=order["quantity"],
            price_of=prices,
        )
    except Problem as refusal:
        if refusal.kind == "risk-limit-exceeded":
            count("OrdersRefusedByRisk", environment=services.settings.environment)
        raise
    price = prices(order["symbol"])
    row: Row = {**order, "orderId": order_id, "status": "filled", "price": price, "value": price * order["quantity"]}
    row |= {"sequence": quotes.sequence_at(now), "version": 1, "createdAt": iso(now), "updatedAt": iso(now)}
    account_row: Row = {
        "orderId": _account_id(profile),
        **changed.document(),
        "profileCreatedAt": profile["createdAt"],
        "version": account_version + 1,
    }
    if is_throw_away(profile["profileId"]):
        account_row["expiresAt"] = expiry(now)
    if is_throw_away(profile["profileId"]) or is_throw_away(order_id):
        row["expiresAt"] = expiry(now)
    unchanged = When(exists=True, version=account_version) if account_version else When(exists=False)
    return row, [
        Put(table="orders", row=row, when=When(exists=False)),
        Put(table="orders", row=account_row, when=unchanged),
    ]


def _profile(services: Services, profile_id: str) -> Row:
    profile = services.store.get("risk-profiles", {"profileId": profile_id})
    if profile is None:
        raise problems.invalid({"field": "/riskProfileId", "message": "there is no risk profile with this id"})
    return profile


def _account_id(profile: Row) -> str:
    # The profile's id first, so that who may remove a run's rows by their prefix may remove this one too.
    return f"{profile['profileId']}#account"


def _account(services: Services, profile: Row) -> tuple[Account, int]:
    """The profile's account with its version; a fresh one (of the old version) if the profile was made anew."""
    row = services.store.get("orders", {"orderId": _account_id(profile)})
    if row is None:
        return Account(), 0
    version = int(row["version"])
    if row.get("profileCreatedAt") != profile["createdAt"]:
        return Account(), version
    return Account(balance=row["balance"], peak=row["peak"], positions=row["positions"]), version


def _prices(moment: datetime) -> Callable[[str], Decimal]:
    """Prices at one tick. A symbol that only a newer release knows counts nothing: limits get stricter, not looser."""
    sequence = quotes.sequence_at(moment)

    def price_of(symbol: str) -> Decimal:
        return quotes.quote(symbol, sequence).price if symbol in quotes.BASE_PRICES else Decimal(0)

    return price_of


def _same(existing: Row, order: Row) -> Row:
    mine = {name: existing[name] for name in order if name in existing}
    if json_text.canonical(mine) != json_text.canonical(order):
        raise problems.conflict("id-taken", "There is an order with this id and other content.")
    return existing
