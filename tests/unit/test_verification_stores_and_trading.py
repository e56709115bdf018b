"""Data stores as the functions see them, real orders that are blocked, a market that moves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from lambda_src.verification import attempts
from lambda_src.verification.building.data import data_checks
from lambda_src.verification.building.trading import trading_checks
from lambda_src.verification.plan import AnyCheck, Plan
from lambda_src.verification.verdicts import CheckResult, Verdict
from tests.faults.support.fake_aws import API_KEY, SECRET_ARN, FakeAws
from tests.faults.support.runs import RUN_ID, only, plan_of, run
from tests.faults.support.server import Behaviour, Request, Server, Writer, answer, in_turn

ORDER_ID = f"smoke-{RUN_ID}-real-order"
BLOCKED = {"type": "urn:acinaces:problem:real-trading-off", "title": "Forbidden", "status": 403}
QUOTE = "/api/market-data/BTC-EUR"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(attempts, "LONGEST_PAUSE_S", 0.02)
    with Server() as running:
        yield running


def store(name: str, kind: str = "dynamodb", **changes: Any) -> dict[str, Any]:
    return {"name": name, "kind": kind, "status": "healthy", "latencyMs": 1.6, **changes}


def stores(server: Server, *listed: dict[str, Any], timestream: str | None = None) -> dict[str, CheckResult]:
    server.on("GET", "/health/detailed", answer(200, {"status": "whatever", "dataStores": list(listed)}))
    checks = data_checks(tables=("templates", "audit"), timestream_database=timestream)
    return {result.name: result for result in run(plan_of(server.url, *checks)).checks}


def test_every_store_is_a_check_of_its_own_and_all_share_one_request(server: Server) -> None:
    found = stores(
        server, store("templates"), store("audit"), store("redis", "redis"), store("ts", "timestream"), timestream="ts"
    )

    assert {name: result.verdict for name, result in found.items()} == dict.fromkeys(
        ["data/table-templates", "data/table-audit", "data/redis", "data/timestream"], Verdict.PASSED
    )
    assert found["data/redis"].latency_ms == 2
    assert server.asked("GET", "/health/detailed") == 1


def test_a_store_that_does_not_answer_fails_alone_with_its_reason(server: Server) -> None:
    silent = store("redis", "redis", status="unhealthy", reason="ConnectionError")

    found = stores(server, store("templates"), store("audit"), silent)

    bad = {name: result for name, result in found.items() if result.verdict != Verdict.PASSED}
    assert list(bad) == ["data/redis"]
    assert "ConnectionError" in bad["data/redis"].message
    assert "security group" in bad["data/redis"].remedy


def test_a_store_that_is_not_listed_has_not_passed(server: Server) -> None:
    found = stores(server, store("templates"), store("redis", "redis"))

    assert found["data/table-audit"].verdict == Verdict.FAILED
    assert "not listed" in found["data/table-audit"].message


@pytest.mark.parametrize("body", ["no JSON", [], {}, {"dataStores": {}}, {"dataStores": ["redis"]}])
def test_health_of_another_shape_is_a_failure(server: Server, body: Any) -> None:
    server.on("GET", "/health/detailed", answer(200, body))

    report = run(plan_of(server.url, *data_checks(tables=("templates",))))

    assert report.counts["failed"] == 2


def trading(server: Server, *, real: bool = False, name: str = "trading/real-order-blocked") -> Plan:
    built = trading_checks(orders_table="orders", real_trades_allowed=real, call_timeout_s=5)
    checks: list[AnyCheck] = [check for check in built if check.name == name]
    return plan_of(server.url, *checks, api_key_secret_arn=SECRET_ARN)


def counting(*counts: int) -> Behaviour:
    return in_turn(*(answer(200, {"blocked": count}) for count in counts))


def test_a_real_order_is_refused_and_counted_and_nothing_stays(server: Server) -> None:
    aws = FakeAws()

    async def refuse(request: Request, writer: Writer) -> None:
        order = json.loads(request.body)
        assert (order["mode"], order["orderId"]) == ("real", ORDER_ID)
        assert request.headers["x-api-key"] == API_KEY
        aws.rows = {"orders": [{"orderId": ORDER_ID}, {"orderId": "somebody-else"}]}
        await answer(403, BLOCKED)(request, writer)

    server.on("GET", "/api/orders/blocked", counting(7, 8))
    server.on("POST", "/api/orders", refuse)

    report = run(trading(server), aws=aws)

    assert only(report).verdict == Verdict.PASSED, only(report).message
    assert aws.left == [{"orderId": "somebody-else"}]
    assert report.cleanup.leftovers == ()


@pytest.mark.parametrize(
    ("answered", "counts", "said"),
    [
        (answer(201, {"orderId": ORDER_ID}), (7, 8), "THE ORDER WAS ACCEPTED"),
        (answer(202, {}), (7, 8), "THE ORDER WAS ACCEPTED"),
        (answer(403, BLOCKED), (7, 7), "not counted: 7 before, 7 after"),
        (answer(403, {"message": "Forbidden"}), (7, 8), "not because it is blocked"),
        (answer(501, {"type": "urn:acinaces:problem:no-exchange-connector"}), (7, 8), "HTTP 501"),
        (answer(403, BLOCKED), (True, True), "no count"),
    ],
)
def test_anything_else_fails(server: Server, answered: Behaviour, counts: tuple[int, ...], said: str) -> None:
    server.on("GET", "/api/orders/blocked", counting(*counts))
    server.on("POST", "/api/orders", answered)
    aws = FakeAws()
    aws.rows = {"orders": [{"orderId": ORDER_ID}]}

    report = run(trading(server), aws=aws)

    assert only(report).verdict == Verdict.FAILED
    assert said in only(report).message
    assert aws.left == [], "an order that was accepted is removed by key"


def test_where_real_trades_are_allowed_no_order_is_sent_and_the_report_says_why(server: Server) -> None:
    result = only(run(trading(server, real=True)))

    assert (result.verdict, server.received) == (Verdict.SKIPPED, [])
    assert "real trades are allowed" in result.message


def market(server: Server, *sequences: Any) -> CheckResult:
    server.on("GET", QUOTE, in_turn(*(answer(200, {"sequence": sequence}) for sequence in sequences)))
    plan = trading(server, name="smoke/market-data")
    quick = plan.checks[0].model_copy(update={"interval_s": 0.01, "tick_s": 0.05})
    return only(run(plan.model_copy(update={"checks": (quick,)})))


def test_a_market_that_moves_on_passes(server: Server) -> None:
    result = market(server, 41, 41, 42)

    assert result.verdict == Verdict.PASSED
    assert result.evidence["readings"] == 3


@pytest.mark.parametrize(
    ("sequences", "said"), [((41,), "stands still at 41"), ((41, 40), "went back"), ((None,), "no sequence")]
)
def test_a_market_that_does_not_fails(server: Server, sequences: tuple[Any, ...], said: str) -> None:
    result = market(server, *sequences)

    assert result.verdict == Verdict.FAILED
    assert said in result.message
