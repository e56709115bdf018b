"""The tables in an emulated DynamoDB: conditions, pages, exact numbers, errors, and the whole smoke flow."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from lambda_src.platform_common import aws, dynamo
from lambda_src.platform_common.aws import AwsError
from lambda_src.platform_common.changes import BY_DAY
from lambda_src.platform_common.dynamo import DynamoStore
from lambda_src.platform_common.services import Services
from lambda_src.platform_common.settings import Settings
from lambda_src.platform_common.store import KEYS, Add, ConditionFailed, Delete, Edit, Put, TableName, When
from tests.support import emulator
from tests.support.backend import Backend, variables

TABLES: dict[TableName, str] = {table: f"test-{table}" for table in KEYS}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An emulated AWS for this module."""
    with emulator.in_use(tmp_path_factory.mktemp("emulator")) as url:
        yield url


@pytest.fixture
def store(cloud: str) -> Iterator[DynamoStore]:
    """Empty tables with the keys and the index of the data stack."""
    for table, keys in KEYS.items():
        names = [*keys, "day"] if table == "audit" else list(keys)
        index = {
            "IndexName": BY_DAY,
            "KeySchema": [{"AttributeName": "day", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "ALL"},
        }
        aws.call(
            "dynamodb",
            "create_table",
            TableName=TABLES[table],
            KeySchema=[
                {"AttributeName": name, "KeyType": kind} for name, kind in zip(keys, ("HASH", "RANGE"), strict=False)
            ],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
            BillingMode="PAY_PER_REQUEST",
            **({"GlobalSecondaryIndexes": [index]} if table == "audit" else {}),
        )
    yield DynamoStore(TABLES)
    for name in TABLES.values():
        aws.call("dynamodb", "delete_table", TableName=name)


@pytest.fixture
def backend(store: DynamoStore) -> Backend:
    """The functions over the emulated tables and an emulated bus; the rest in memory."""
    backend = Backend()
    own = backend.services
    real = Services.from_settings(Settings.from_environment(variables()))
    backend.services = Services(
        settings=own.settings,
        store=real.store,
        bus=backend.bus,
        secrets=own.secrets,
        cache=own.cache,
        workflows=own.workflows,
        stop=own.stop,
        clock=own.clock,
    )
    return backend


def key(row_id: str) -> dict[str, str]:
    return {"templateId": row_id}


def test_rows_come_back_as_they_were(store: DynamoStore) -> None:
    row = {
        "templateId": "a",
        "number": Decimal("12345678901234567890.123456789012345678"),
        "small": Decimal("1E-128"),
        "large": Decimal("9.9E+125"),
        "nested": {"list": [Decimal(1), "two", None, True, {}, []], "empty": ""},
    }
    store.commit([Put(table="templates", row=row)])
    assert store.get("templates", key("a")) == row
    assert store.get("templates", key("b")) is None


def test_conditions_hold_for_single_writes_and_for_transactions(store: DynamoStore) -> None:
    fresh = Put(table="templates", row={"templateId": "a", "version": 1}, when=When(exists=False))
    other = Put(table="strategies", row={"strategyId": "s"})
    store.commit([fresh])
    for writes, failed in (([fresh], {0}), ([fresh, other], {0}), ([other, fresh], {1})):
        with pytest.raises(ConditionFailed) as caught:
            store.commit(writes)
        assert caught.value.failed == failed
    assert store.get("strategies", {"strategyId": "s"}) is None


def test_edit_touches_only_what_it_names(store: DynamoStore) -> None:
    store.commit([Put(table="templates", row={"templateId": "a", "version": 1, "old": 1, "kept": 2, "count": 5})])
    values = {"version": 2, "name": "reserved words: name, status, size"}
    edit = Edit(table="templates", key=key("a"), values=values, remove=["old"], when=When(exists=True, version=1))
    store.commit([edit])
    assert store.get("templates", key("a")) == {"templateId": "a", "kept": 2, "count": 5, **values}
    with pytest.raises(ConditionFailed):
        store.commit([edit])
    with pytest.raises(ConditionFailed):
        store.commit([Edit(table="templates", key=key("none"), values=values, when=When(exists=True))])


def test_counters_and_what_depends_on_them(store: DynamoStore) -> None:
    store.commit([Add(table="templates", key=key("a"), attribute="n", amount=2)])
    empty = Delete(table="templates", key=key("a"), when=When(exists=True, zero="n"))
    with pytest.raises(ConditionFailed):
        store.commit([empty])
    store.commit([Add(table="templates", key=key("a"), attribute="n", amount=-2)])
    store.commit([empty])
    with pytest.raises(ConditionFailed):
        store.commit([Add(table="templates", key=key("a"), attribute="n", amount=1, when=When(exists=True))])
    assert store.get("templates", key("a")) is None


def test_counting_at_the_same_moment_loses_nothing(store: DynamoStore) -> None:
    add = Add(table="orders", key={"orderId": "counter"}, attribute="blocked", amount=1)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: store.commit([add]), range(40)))
    assert store.get("orders", {"orderId": "counter"}) == {"orderId": "counter", "blocked": 40}


def test_pages_continue_where_they_ended(store: DynamoStore) -> None:
    for number in range(5):
        store.commit(
            [Put(table="orders", row={"orderId": f"o{number}", "mode": "paper"} if number else {"orderId": "x"})]
        )
    found, start = [], None
    while True:
        page = store.scan("orders", limit=2, start=start, having="mode")
        found += [row["orderId"] for row in page.items]
        if page.last_key is None:
            break
        start = page.last_key
    assert sorted(found) == ["o1", "o2", "o3", "o4"]


def test_newest_first_by_key_and_by_index(store: DynamoStore) -> None:
    for number in range(4):
        row = {"entityId": f"e{number % 2}", "at": f"2026-01-15T0{number}", "day": "2026-01-15"}
        store.commit([Put(table="audit", row=row)])
    mine = store.newest("audit", partition={"entityId": "e1"}, limit=5)
    assert [row["at"][-1] for row in mine.items] == ["3", "1"]
    first = store.newest("audit", partition={"day": "2026-01-15"}, limit=3, index=BY_DAY)
    rest = store.newest("audit", partition={"day": "2026-01-15"}, limit=3, start=first.last_key, index=BY_DAY)
    assert [row["at"][-1] for row in first.items + rest.items] == ["3", "2", "1", "0"]


def test_a_crossed_transaction_is_repeated_then_reported_as_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[str] = []

    def crossed(service: str, operation: str, **_: Any) -> None:
        answers.append(operation)
        reasons = {"CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}]}
        code = "TransactionCanceledException"
        raise AwsError(service=service, operation=operation, code=code, temporary=False, response=reasons)

    monkeypatch.setattr(aws, "call", crossed)
    monkeypatch.setattr(dynamo, "CONFLICT_PAUSE_S", 0)
    write = Put(table="templates", row={"templateId": "a"})
    with pytest.raises(AwsError) as caught:
        DynamoStore(TABLES).commit([write, write])
    assert caught.value.temporary
    assert answers == ["transact_write_items"] * dynamo.CONFLICT_ATTEMPTS


def test_errors_carry_their_code(cloud: str) -> None:
    with pytest.raises(AwsError) as caught:
        DynamoStore({**TABLES, "templates": "no-such-table"}).get("templates", key("a"))
    assert (caught.value.code, caught.value.temporary) == ("ResourceNotFoundException", False)


def test_no_answer_is_temporary(monkeypatch: pytest.MonkeyPatch) -> None:
    emulator.point_at(f"http://127.0.0.1:{emulator.free_port()}", monkeypatch)
    monkeypatch.setattr(aws, "ATTEMPTS", 1)
    with pytest.raises(AwsError) as caught:
        DynamoStore(TABLES).get("templates", key("a"))
    assert caught.value.temporary


def test_the_smoke_flow_over_real_tables(backend: Backend) -> None:
    """M13: template, strategy from it, risk profile, orders, audit entries, and everything removed again."""
    body: dict[str, Any] = {
        "templateId": "smoke-run-template",
        "name": "smoke-test-template",
        "parameters": {"x": 0.10},
    }
    backend.create("templates", "/api/templates", body)
    assert backend.call("templates", "POST", "/api/templates", body=body).status == 200
    strategy = {"strategyId": "smoke-run-strategy", "templateId": "smoke-run-template", "name": "s", "parameters": {}}
    backend.create("strategies", "/api/strategies", strategy)
    assert backend.call("strategies", "POST", "/api/strategies", body=strategy).status == 200
    missing = {"name": "s", "templateId": "no-such-template"}
    backend.call("strategies", "POST", "/api/strategies", body=missing).problem(422, "invalid")
    profile = {"profileId": "smoke-run-profile", "name": "p", "maxDrawdown": 0.1, "maxPositionSize": 1000}
    backend.create("risk_profiles", "/api/risk-profiles", profile)
    one = "/api/templates/smoke-run-template"
    changed = backend.call("templates", "PUT", one, body={"name": "u"}).json
    assert (changed["version"], changed["strategyCount"]) == (2, 1)
    backend.call("templates", "DELETE", one).problem(409, "in-use")
    assert backend.call("strategies", "POST", "/api/strategies/smoke-run-strategy/activate").status == 202
    order = {"mode": "paper", "symbol": "ETH-EUR", "side": "buy", "quantity": 0.1, "riskProfileId": "smoke-run-profile"}
    backend.create("orders", "/api/orders", {**order, "orderId": "smoke-run-order"})
    backend.create("orders", "/api/orders", {**order, "side": "sell", "orderId": "smoke-run-order-2"})
    backend.call("orders", "POST", "/api/orders", body={"mode": "real"}).problem(403, "real-trading-off")
    assert backend.call("orders", "GET", "/api/orders/blocked").json == {"blocked": 1}
    assert backend.call("orders", "GET", "/api/orders").json["count"] == 2
    for handler, path in (
        ("strategies", "/api/strategies/smoke-run-strategy"),
        ("templates", one),
        ("risk_profiles", "/api/risk-profiles/smoke-run-profile"),
    ):
        assert backend.call(handler, "DELETE", path).status == 204
        backend.call(handler, "DELETE", path).problem(404, "not-found")
    entries = backend.call("audit", "GET", "/api/audit?entityId=smoke-run-template").json["items"]
    assert [entry["action"] for entry in entries] == ["deleted", "updated", "created"]
    assert backend.call("audit", "GET", "/api/audit?limit=3").json["count"] == 3
    assert len(backend.bus.events) == backend.call("audit", "GET", "/api/audit").json["count"] == 11
    assert backend.call("health", "GET", "/health/detailed").json["database"]["status"] == "healthy"
