"""Orders: paper within limits, real ones blocked and counted (M29)."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from lambda_src.platform_common import quotes
from lambda_src.platform_common.portfolio import START_BALANCE
from tests.support.backend import Backend

PROFILE = "my-profile-1"


@pytest.fixture
def backend() -> Backend:
    backend = Backend()
    body = {"profileId": PROFILE, "name": "p", "maxDrawdown": 0.1, "maxPositionSize": 1000}
    backend.create("risk_profiles", "/api/risk-profiles", body)
    return backend


def order(**changes: Any) -> dict[str, Any]:
    body = {"mode": "paper", "symbol": "ETH-EUR", "side": "buy", "quantity": 0.1, "riskProfileId": PROFILE}
    return {name: value for name, value in (body | changes).items() if value is not None}


def place(backend: Backend, **changes: Any) -> Any:
    return backend.call("orders", "POST", "/api/orders", body=order(**changes))


def price_now(backend: Backend, symbol: str = "ETH-EUR") -> Decimal:
    return quotes.quote(symbol, quotes.sequence_at(backend.clock.moment)).price


def test_paper_order_is_filled_at_the_quote(backend: Backend) -> None:
    answer = place(backend)
    price = price_now(backend)
    assert answer.status == 201
    filled = answer.json
    assert (filled["status"], filled["price"], filled["value"]) == ("filled", price, price * Decimal("0.1"))
    assert backend.call("orders", "GET", answer.headers["location"]).json == filled
    assert backend.call("orders", "GET", "/api/orders").json["items"] == [filled]
    assert backend.bus.events[-1][0] == "order.created"
    assert backend.store.rows("audit")[-1]["entityId"] == filled["orderId"]


def test_account_follows_the_orders(backend: Backend) -> None:
    place(backend, quantity=0.2)
    place(backend, side="sell", quantity=0.05)
    price = price_now(backend)
    account = backend.call("orders", "GET", f"/api/orders/accounts/{PROFILE}").json
    assert account["positions"] == {"ETH-EUR": Decimal("0.15")}
    assert account["balance"] == START_BALANCE - Decimal("0.15") * price
    assert (account["equity"], account["drawdown"]) == (START_BALANCE, 0)
    place(backend, side="sell", quantity=0.15)
    account = backend.call("orders", "GET", f"/api/orders/accounts/{PROFILE}").json
    assert (account["positions"], account["balance"]) == ({}, START_BALANCE)


def test_account_of_an_unknown_profile(backend: Backend) -> None:
    for profile in ("unknown-profile", "bad"):
        backend.call("orders", "GET", f"/api/orders/accounts/{profile}").problem(404, "not-found")


def test_position_size_is_limited_over_all_orders(backend: Backend) -> None:
    assert place(backend, quantity=0.3).status == 201
    document = place(backend, quantity=0.3).problem(422, "risk-limit-exceeded")
    assert document["limit"] == "maxPositionSize"
    assert place(backend, symbol="SOL-EUR", quantity=1).status == 201


def test_drawdown_stops_purchases_but_not_sales(backend: Backend) -> None:
    loose = {"profileId": "my-profile-2", "name": "p", "maxDrawdown": 0.01, "maxPositionSize": 1000000}
    backend.create("risk_profiles", "/api/risk-profiles", loose)
    first = quotes.sequence_at(backend.clock.moment)
    high = max(range(first, first + 2000), key=lambda tick: quotes.quote("BTC-EUR", tick).price)
    low = min(range(high, high + 2000), key=lambda tick: quotes.quote("BTC-EUR", tick).price)
    backend.clock.moment += timedelta(seconds=(high - first) * quotes.TICK_S)
    assert place(backend, symbol="BTC-EUR", quantity=0.15, riskProfileId="my-profile-2").status == 201
    backend.clock.moment += timedelta(seconds=(low - high) * quotes.TICK_S)
    refused = place(backend, symbol="BTC-EUR", quantity=0.0001, riskProfileId="my-profile-2")
    assert refused.problem(422, "risk-limit-exceeded")["limit"] == "maxDrawdown"
    sale = place(backend, symbol="BTC-EUR", side="sell", quantity=0.15, riskProfileId="my-profile-2")
    assert sale.status == 201


def test_no_credit_and_no_short_position(backend: Backend) -> None:
    wide = {"profileId": "my-profile-3", "name": "p", "maxDrawdown": 1, "maxPositionSize": 1000000}
    backend.create("risk_profiles", "/api/risk-profiles", wide)
    assert (
        "balance"
        in place(backend, quantity=100, riskProfileId="my-profile-3").problem(422, "invalid")["errors"][0]["message"]
    )
    short = place(backend, side="sell", quantity=1).problem(422, "invalid")
    assert "more than the 0 held" in short["errors"][0]["message"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"symbol": "DOGE-EUR"}, "/symbol"),
        ({"side": "hold"}, "/side"),
        ({"quantity": 0}, "/quantity"),
        ({"quantity": -1}, "/quantity"),
        ({"quantity": "1"}, "/quantity"),
        ({"quantity": 1e-9}, "/quantity"),
        ({"quantity": 1e100}, "/quantity"),
        ({"mode": "REAL"}, "/mode"),
        ({"mode": "live"}, "/mode"),
        ({"mode": ["real"]}, "/mode"),
        ({"mode": None}, "/mode"),
        ({"riskProfileId": None}, "/riskProfileId"),
        ({"riskProfileId": "unknown-profile"}, "/riskProfileId"),
        ({"strategyId": "unknown-strategy"}, "/strategyId"),
    ],
)
def test_wrong_orders_are_refused_by_field(backend: Backend, change: dict[str, Any], field: str) -> None:
    errors = place(backend, **change).problem(422, "invalid")["errors"]
    assert [error["field"] for error in errors] == [field]
    assert backend.store.rows("orders") == []


def test_chosen_id_fills_once(backend: Backend) -> None:
    answers = [place(backend, orderId="my-order-1") for _ in range(3)]
    assert [answer.status for answer in answers] == [201, 200, 200]
    assert answers[0].json == answers[2].json
    account = backend.call("orders", "GET", f"/api/orders/accounts/{PROFILE}").json
    assert account["positions"] == {"ETH-EUR": Decimal("0.1")}
    place(backend, orderId="my-order-1", quantity=0.2).problem(409, "id-taken")


def test_profile_made_anew_starts_with_a_fresh_account(backend: Backend) -> None:
    place(backend)
    backend.call("risk_profiles", "DELETE", f"/api/risk-profiles/{PROFILE}")
    body = {"profileId": PROFILE, "name": "p", "maxDrawdown": 0.1, "maxPositionSize": 1000}
    backend.create("risk_profiles", "/api/risk-profiles", body)
    path = f"/api/orders/accounts/{PROFILE}"
    assert backend.call("orders", "GET", path).json["balance"] == START_BALANCE
    assert place(backend).status == 201
    assert backend.call("orders", "GET", path).json["positions"] == {"ETH-EUR": Decimal("0.1")}


def test_position_in_a_symbol_of_a_newer_release_counts_nothing(backend: Backend) -> None:
    """F43: an account that another release traded in still works, with stricter limits."""
    place(backend)
    backend.store.tables["orders"][(f"{PROFILE}#account",)]["positions"]["NEW-EUR"] = Decimal(3)
    account = backend.call("orders", "GET", f"/api/orders/accounts/{PROFILE}").json
    assert account["positions"]["NEW-EUR"] == 3
    assert place(backend, side="sell").status == 201


def test_throw_away_orders_expire_with_everything_about_them(backend: Backend) -> None:
    body = {"profileId": "smoke-run-profile", "name": "p", "maxDrawdown": 0.1, "maxPositionSize": 1000}
    backend.create("risk_profiles", "/api/risk-profiles", body)
    assert place(backend, riskProfileId="smoke-run-profile", orderId="smoke-run-order").status == 201
    rows = backend.store.rows("orders")
    assert {row["orderId"] for row in rows} == {"smoke-run-order", "smoke-run-profile#account"}
    assert all("expiresAt" in row for row in rows)
    assert "expiresAt" in backend.store.rows("audit")[-1]


@pytest.mark.parametrize(
    "body", [{"mode": "real"}, {"mode": "real", "symbol": 7}, order(mode="real"), order(mode="real", orderId="x")]
)
def test_real_order_is_blocked_and_counted_whatever_else_it_says(
    backend: Backend, body: dict[str, Any], capsys: Any
) -> None:
    assert backend.call("orders", "GET", "/api/orders/blocked").json == {"blocked": 0}
    for expected in (1, 2):
        answer = backend.call("orders", "POST", "/api/orders", body=body)
        answer.problem(403, "real-trading-off")
        assert backend.call("orders", "GET", "/api/orders/blocked").json == {"blocked": expected}
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(metric["RealTradesBlocked"], metric["environment"]) for metric in metrics] == [([1.0], "test")] * 2
    assert metrics[0]["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Acinaces"
    assert [entry["action"] for entry in backend.store.rows("audit")[-2:]] == ["blocked", "blocked"]
    assert backend.bus.events[-1][0] == "order.blocked"
    assert backend.call("orders", "GET", "/api/orders").json["items"] == []


def test_blocked_attempt_of_a_verification_run_is_audited_under_its_id(backend: Backend) -> None:
    backend.call("orders", "POST", "/api/orders", body={"mode": "real", "orderId": "smoke-run-order"})
    entry = backend.store.rows("audit")[-1]
    assert entry["entityId"] == "smoke-run-order"
    assert "expiresAt" in entry


@pytest.mark.parametrize(
    "settings",
    [
        {"environment": "staging", "allow_real_trades": True, "paper_trading_mode": False},
        {"environment": "production", "allow_real_trades": False, "paper_trading_mode": False},
        {"environment": "production", "allow_real_trades": True, "paper_trading_mode": True},
    ],
)
def test_two_of_three_settings_do_not_open_real_trading(backend: Backend, settings: dict[str, Any]) -> None:
    backend.set(**settings)
    backend.call("orders", "POST", "/api/orders", body={"mode": "real"}).problem(403, "real-trading-off")


def test_with_real_trading_on_nothing_is_sent_either(backend: Backend) -> None:
    backend.set(environment="production", allow_real_trades=True, paper_trading_mode=False)
    answer = backend.call("orders", "POST", "/api/orders", body=order(mode="real"))
    assert "No order was placed" in answer.problem(501, "no-exchange-connector")["detail"]
    assert backend.store.rows("orders") == []


def test_paging_never_shows_counters_or_accounts(backend: Backend) -> None:
    for number in range(3):
        place(backend, orderId=f"my-order-{number}")
    backend.call("orders", "POST", "/api/orders", body={"mode": "real"})
    found: list[str] = []
    path: str | None = "/api/orders?limit=1"
    while path:
        page = backend.call("orders", "GET", path).json
        found += [item["orderId"] for item in page["items"]]
        path = f"/api/orders?limit=1&next={page['next']}" if page["next"] else None
    assert found == ["my-order-0", "my-order-1", "my-order-2"]
