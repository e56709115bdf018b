"""The audit log: newest first, by entity and over everything."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest

from tests.support.backend import Backend


@pytest.fixture
def backend() -> Backend:
    """Three templates on three days, two days apart; each is created and changed."""
    backend = Backend()
    for number in range(3):
        row_id = f"my-template-{number}"
        backend.create("templates", "/api/templates", {"templateId": row_id, "name": "t"})
        backend.call("templates", "PUT", f"/api/templates/{row_id}", body={"name": "u"})
        backend.clock.moment += timedelta(days=2)
    return backend


def test_entries_about_one_entity(backend: Backend) -> None:
    page = backend.call("audit", "GET", "/api/audit?entityId=my-template-1").json
    assert [(entry["entityId"], entry["action"]) for entry in page["items"]] == [
        ("my-template-1", "updated"),
        ("my-template-1", "created"),
    ]
    entry = page["items"][0]
    assert (entry["entity"], entry["version"], entry["requestId"]) == ("template", 2, "request-1")
    assert entry["at"].endswith("Z")


def test_nothing_about_an_unknown_entity(backend: Backend) -> None:
    assert backend.call("audit", "GET", "/api/audit?entityId=unknown").json == {"items": [], "count": 0, "next": None}


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 50])
@pytest.mark.parametrize("query", ["", "entityId=my-template-2&"])
def test_latest_over_everything_page_by_page(backend: Backend, limit: int, query: str) -> None:
    found: list[str] = []
    path: str | None = f"/api/audit?{query}limit={limit}"
    while path:
        page = backend.call("audit", "GET", path).json
        found += [entry["at"] for entry in page["items"]]
        path = f"/api/audit?{query}limit={limit}&next={page['next']}" if page["next"] else None
    assert found == sorted(found, reverse=True)
    assert len(found) == (2 if query else 6)


def test_latest_ends_after_thirty_days(backend: Backend) -> None:
    backend.clock.moment += timedelta(days=25)
    found = backend.call("audit", "GET", "/api/audit").json["items"]
    assert {entry["entityId"] for entry in found} == {"my-template-2", "my-template-1"}


def test_what_has_expired_is_not_shown_although_it_is_still_there(backend: Backend) -> None:
    backend.create("templates", "/api/templates", {"templateId": "smoke-run-template", "name": "t"})
    about = "/api/audit?entityId=smoke-run-template"
    assert backend.call("audit", "GET", about).json["count"] == 1
    backend.clock.moment += timedelta(hours=1, seconds=1)
    assert backend.call("audit", "GET", about).json["items"] == []
    assert "smoke-run-template" not in str(backend.call("audit", "GET", "/api/audit?limit=2").json["items"])
    assert len(backend.store.rows("audit")) == 7


def token(scope: str, **position: object) -> str:
    text = json.dumps([scope, position], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "query",
    [
        "next=nonsense",
        f"next={token('audit', entityId='a', at='b', day='9999-12-31')}",
        f"next={token('audit', entityId='a', at='b', day='20260115')}",
        f"next={token('audit', entityId='a', at='b', day='yesterday')}",
        f"next={token('audit', entityId='a', at='', day='2026-01-15')}",
        f"next={token('audit', entityId='a', at=7, day='2026-01-15')}",
        f"next={token('templates', templateId='a')}",
        f"entityId=my-template-1&next={token('audit/my-template-1', entityId='my-template-2', at='x')}",
        f"entityId=my-template-1&next={token('audit/my-template-2', entityId='my-template-2', at='x')}",
        "entityId=",
        "entityId=" + "x" * 129,
        "entityId=a\nb",
        "limit=1000",
    ],
)
def test_what_the_database_would_refuse_is_refused_before(backend: Backend, query: str) -> None:
    backend.call("audit", "GET", f"/api/audit?{query}").problem(400, "bad-request")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_the_log_cannot_be_written(backend: Backend, method: str) -> None:
    backend.call("audit", method, "/api/audit", body={}).problem(405, "method-not-allowed")
