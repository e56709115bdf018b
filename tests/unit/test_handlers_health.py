"""Health: basic asks nobody, ready asks the tables, detailed asks everybody (M11, M24, M33)."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_src.handlers import health
from lambda_src.platform_common import aws, services
from lambda_src.platform_common.aws import AwsError
from lambda_src.platform_common.store import KEYS
from tests.support.backend import Backend
from tests.support.memory import MemoryStore


@pytest.fixture
def backend() -> Backend:
    return Backend()


@pytest.fixture
def silent_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    """The orders table does not answer."""
    get = MemoryStore.get

    def fail(self: MemoryStore, table: Any, key: Any) -> Any:
        if table == "orders":
            code = "ResourceNotFoundException"
            raise AwsError(service="dynamodb", operation="get_item", code=code, temporary=False, response={})
        return get(self, table, key)

    monkeypatch.setattr(MemoryStore, "get", fail)


@pytest.mark.parametrize(("path", "status"), [("/health", "ok"), ("/health/live", "alive")])
def test_basic_and_live_touch_no_service(monkeypatch: pytest.MonkeyPatch, path: str, status: str) -> None:
    def fail() -> None:
        raise AssertionError("asked for services")

    monkeypatch.setattr(services, "current", fail)
    answer = Backend().call("health", "GET", path)
    assert (answer.status, answer.json["status"]) == (200, status)


def test_basic_names_environment_and_version(backend: Backend) -> None:
    assert backend.call("health", "GET", "/health").json == {
        "status": "ok",
        "environment": "test",
        "functionVersion": "7",
    }


def test_detailed_reports_every_store_with_latency(backend: Backend) -> None:
    report = backend.call("health", "GET", "/health/detailed").json
    assert (report["status"], report["database"]["status"]) == ("healthy", "healthy")
    assert [store["name"] for store in report["dataStores"]] == [*KEYS, "redis"]
    assert all(store["latencyMs"] >= 0 and store["status"] == "healthy" for store in report["dataStores"])
    assert set(health.FUNCTION["tables"]) == set(KEYS)  # type: ignore[call-overload]


def test_detailed_includes_timestream_where_it_is_configured(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, str, str]] = []
    monkeypatch.setattr(
        aws, "call", lambda service, operation, **p: calls.append((service, operation, p["DatabaseName"]))
    )
    backend.set(timestream_database="test-market")
    report = backend.call("health", "GET", "/health/detailed").json
    assert report["dataStores"][-1]["kind"] == "timestream"
    assert calls == [("timestream-write", "describe_database", "test-market")]


def test_redis_down_is_degraded_but_ready(backend: Backend) -> None:
    backend.cache.down = True
    answer = backend.call("health", "GET", "/health/detailed")
    assert (answer.status, answer.json["status"], answer.json["database"]["status"]) == (200, "degraded", "healthy")
    assert answer.json["dataStores"][-1]["reason"] == "ConnectionError"
    assert backend.call("health", "GET", "/health/ready").json == {"status": "ready"}


@pytest.mark.usefixtures("silent_orders")
def test_table_down_is_degraded_and_not_ready(backend: Backend) -> None:
    report = backend.call("health", "GET", "/health/detailed").json
    assert (report["status"], report["database"]["status"]) == ("degraded", "unhealthy")
    sick = [store for store in report["dataStores"] if store["status"] != "healthy"]
    assert [(store["name"], store["reason"]) for store in sick] == [("orders", "ResourceNotFoundException")]
    document = backend.call("health", "GET", "/health/ready").problem(503, "not-ready")
    assert document["errors"] == [{"field": "orders", "message": "ResourceNotFoundException"}]
