"""The five resources with the five routes each: create, read, list, update, delete."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from lambda_src.platform_common.store import ConditionFailed, Write
from tests.support.backend import Backend

# handler file, route, id, a smallest body
RESOURCES = [
    ("templates", "/api/templates", "templateId", {"name": "mean reversion", "parameters": {"window": 20}}),
    (
        "risk_profiles",
        "/api/risk-profiles",
        "profileId",
        {"name": "cautious", "maxDrawdown": 0.1, "maxPositionSize": 1000},
    ),
    ("data_sources", "/api/data-sources", "dataSourceId", {"name": "news wire", "kind": "news"}),
    ("providers", "/api/providers", "providerId", {"name": "kraken", "kind": "exchange"}),
]
EACH = pytest.mark.parametrize(("handler", "route", "id_name", "body"), RESOURCES, ids=[each[0] for each in RESOURCES])


@pytest.fixture
def backend() -> Backend:
    return Backend()


@EACH
def test_created_row_is_read_listed_changed_and_removed(
    backend: Backend, handler: str, route: str, id_name: str, body: dict[str, Any]
) -> None:
    created = backend.create(handler, route, body)
    one = f"{route}/{created[id_name]}"
    assert backend.call(handler, "GET", one).json == created
    assert backend.call(handler, "GET", route).json == {"items": [created], "count": 1, "next": None}
    changed = backend.call(handler, "PUT", one, body={**body, "name": "renamed"})
    assert (changed.status, changed.json["name"], changed.json["version"]) == (200, "renamed", 2)
    assert changed.headers["etag"] == '"2"'
    assert backend.call(handler, "GET", one).json == changed.json
    removed = backend.call(handler, "DELETE", one)
    assert (removed.status, removed.text) == (204, "")
    backend.call(handler, "GET", one).problem(404, "not-found")


@EACH
def test_every_write_is_audited_once_and_published_once(
    backend: Backend, handler: str, route: str, id_name: str, body: dict[str, Any]
) -> None:
    row_id = backend.create(handler, route, body)[id_name]
    backend.call(handler, "PUT", f"{route}/{row_id}", body=body)
    backend.call(handler, "DELETE", f"{route}/{row_id}")
    entries = backend.store.rows("audit")
    assert [entry["action"] for entry in entries] == ["created", "updated", "deleted"]
    assert {entry["entityId"] for entry in entries} == {row_id}
    assert {entry["actor"] for entry in entries} == {"key-id"}
    assert [name.partition(".")[2] for name, _ in backend.bus.events] == ["created", "updated", "deleted"]


@EACH
def test_reading_writes_nothing(backend: Backend, handler: str, route: str, id_name: str, body: dict[str, Any]) -> None:
    backend.call(handler, "GET", route)
    backend.call(handler, "GET", f"{route}/unknown-id")
    assert backend.store.rows("audit") == []
    assert backend.bus.events == []


@EACH
def test_chosen_id_makes_creation_repeatable(
    backend: Backend, handler: str, route: str, id_name: str, body: dict[str, Any]
) -> None:
    chosen = {**body, id_name: "my-own-id-1"}
    first = backend.call(handler, "POST", route, body=chosen)
    again = backend.call(handler, "POST", route, body=chosen)
    assert (first.status, again.status) == (201, 200)
    assert first.headers["location"] == f"{route}/my-own-id-1"
    assert first.json == again.json
    assert len(backend.store.rows("audit")) == 1
    backend.call(handler, "POST", route, body={**chosen, "name": "another"}).problem(409, "id-taken")


@EACH
def test_throw_away_rows_and_their_audit_entries_expire(
    backend: Backend, handler: str, route: str, id_name: str, body: dict[str, Any]
) -> None:
    row = backend.create(handler, route, {**body, id_name: "smoke-run-1-row"})
    now = backend.clock.moment.timestamp()
    assert now + 3590 < row["expiresAt"] <= now + 3600
    backend.call(handler, "DELETE", f"{route}/smoke-run-1-row")
    assert len(backend.store.rows("audit")) == 2
    assert all("expiresAt" in entry for entry in backend.store.rows("audit"))
    lasting = backend.create(handler, route, body)
    assert "expiresAt" not in lasting


@EACH
@pytest.mark.parametrize(
    "row_id", ["short", "UPPER-CASE-ID", "-starts-wrong", "x" * 65, "a%20b%20c%20d", "../../etc", "ünïcödé-id"]
)
def test_what_cannot_be_an_id_is_not_looked_up(
    backend: Backend, handler: str, route: str, id_name: str, body: dict[str, Any], row_id: str
) -> None:
    answers = [backend.call(handler, method, f"{route}/{row_id}") for method in ("GET", "DELETE")]
    assert [answer.status for answer in answers] == [404, 404]
    assert backend.store.reads == 0
    if "/" not in row_id:
        backend.call(handler, "POST", route, body={**body, id_name: row_id}).problem(422, "invalid")


@EACH
def test_mistakes_are_listed_by_field(
    backend: Backend, handler: str, route: str, id_name: str, body: dict[str, Any]
) -> None:
    document = backend.call(handler, "POST", route, body={"name": 7, "surprise": True}).problem(422, "invalid")
    fields = {error["field"] for error in document["errors"]}
    assert {"/name", "/surprise"} <= fields
    assert backend.store.rows("audit") == []


@pytest.mark.parametrize(
    "change",
    [
        {"maxDrawdown": "0.1"},
        {"maxDrawdown": True},
        {"maxDrawdown": 0},
        {"maxDrawdown": 1.01},
        {"maxDrawdown": None},
        {"maxPositionSize": -1},
        {"maxPositionSize": []},
        {"name": ""},
        {"name": "   "},
        {"name": "<script>alert(1)</script>"},
        {"name": "two\nlines"},
        {"name": "x" * 121},
        {"name": None},
    ],
)
def test_wrong_values_of_a_risk_profile_are_refused(backend: Backend, change: dict[str, Any]) -> None:
    body = {"name": "p", "maxDrawdown": 0.1, "maxPositionSize": 1000} | change
    document = backend.call("risk_profiles", "POST", "/api/risk-profiles", body=body).problem(422, "invalid")
    assert [error["field"] for error in document["errors"]] == [f"/{name}" for name in change]


def test_missing_keys_are_named(backend: Backend) -> None:
    document = backend.call("risk_profiles", "POST", "/api/risk-profiles", body={}).problem(422, "invalid")
    assert {error["field"] for error in document["errors"]} == {"/name", "/maxDrawdown", "/maxPositionSize"}


def test_if_match_guards_changes(backend: Backend) -> None:
    row_id = backend.create("templates", "/api/templates", {"name": "one"})["templateId"]
    one = f"/api/templates/{row_id}"
    first = backend.call("templates", "PUT", one, body={"name": "two"}, headers={"If-Match": '"1"'})
    assert first.status == 200
    late = backend.call("templates", "PUT", one, body={"name": "three"}, headers={"if-match": '"1"'})
    assert late.problem(412, "version-mismatch")["currentVersion"] == 2
    backend.call("templates", "DELETE", one, headers={"If-Match": 'W/"1"'}).problem(412, "version-mismatch")
    backend.call("templates", "DELETE", one, headers={"If-Match": "yesterday"}).problem(400, "bad-request")
    assert backend.call("templates", "DELETE", one, headers={"If-Match": '"2"'}).status == 204


def test_id_in_the_body_must_be_that_of_the_path(backend: Backend) -> None:
    row_id = backend.create("templates", "/api/templates", {"name": "one"})["templateId"]
    body = {"templateId": "another-template", "name": "two"}
    backend.call("templates", "PUT", f"/api/templates/{row_id}", body=body).problem(422, "invalid")


def test_update_removes_what_is_no_longer_there(backend: Backend) -> None:
    body = {"name": "wire", "kind": "news", "url": "https://news.example.com/feed"}
    row = backend.create("data_sources", "/api/data-sources", body)
    one = f"/api/data-sources/{row['dataSourceId']}"
    backend.call("data_sources", "PUT", one, body={"name": "wire", "kind": "news"})
    assert "url" not in backend.call("data_sources", "GET", one).json


def test_event_that_cannot_be_published_does_not_undo_the_write(backend: Backend, capsys: Any) -> None:
    backend.bus.down = True
    row_id = backend.create("templates", "/api/templates", {"name": "one"})["templateId"]
    assert backend.call("templates", "GET", f"/api/templates/{row_id}").status == 200
    assert "EventsNotPublished" in capsys.readouterr().out


def test_a_row_written_by_a_newer_release_is_read_kept_and_removed(backend: Backend) -> None:
    """F43: an attribute that this release does not know survives this release's update."""
    row = backend.create("templates", "/api/templates", {"name": "one", "description": "d"})
    one = f"/api/templates/{row['templateId']}"
    backend.store.tables["templates"][(row["templateId"],)] |= {"risk": {"level": "low"}, "tags": {"a", "b"}}
    assert backend.call("templates", "GET", one).json["risk"] == {"level": "low"}
    assert backend.call("templates", "GET", "/api/templates").json["items"][0]["tags"] == ["a", "b"]
    updated = backend.call("templates", "PUT", one, body={"name": "two"}).json
    assert (updated["risk"], updated["name"], updated["description"]) == ({"level": "low"}, "two", "")
    assert backend.store.rows("templates")[0]["tags"] == {"a", "b"}
    assert backend.call("templates", "DELETE", one).status == 204


def test_a_row_without_version_can_still_be_changed(backend: Backend) -> None:
    """F43: the same for an attribute that another release left out."""
    row = backend.create("templates", "/api/templates", {"name": "one"})
    del backend.store.tables["templates"][(row["templateId"],)]["version"]
    one = f"/api/templates/{row['templateId']}"
    assert backend.call("templates", "PUT", one, body={"name": "two"}).json["version"] == 1
    assert backend.call("templates", "DELETE", one).status == 204


def test_lists_are_paged_with_an_opaque_token(backend: Backend) -> None:
    ids = {backend.create("templates", "/api/templates", {"name": f"t{n}"})["templateId"] for n in range(7)}
    found: list[str] = []
    path: str | None = "/api/templates?limit=3"
    while path:
        page = backend.call("templates", "GET", path).json
        assert page["count"] == len(page["items"]) <= 3
        found += [item["templateId"] for item in page["items"]]
        path = f"/api/templates?limit=3&next={page['next']}" if page["next"] else None
    assert len(found) == 7
    assert set(found) == ids


@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "1.5", "", "²", "1e1", "9" * 5000])
def test_wrong_limits_are_refused(backend: Backend, limit: str) -> None:
    backend.call("templates", "GET", f"/api/templates?limit={limit}").problem(400, "bad-request")


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "!!!!",
        "bnVsbA",
        "W10",
        "WyJ0ZW1wbGF0ZXMiLCB7fV0",
        "WyJhdWRpdCIseyJ0ZW1wbGF0ZUlkIjoiYSJ9XQ",
        "A" * 5000,
        "ä",
    ],
)
def test_foreign_tokens_are_refused(backend: Backend, token: str) -> None:
    backend.call("templates", "GET", f"/api/templates?next={token}").problem(400, "bad-request")


def test_a_change_whose_answer_was_lost_is_published_once_and_fails_nobody(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK sends a write again when no answer came; the entry that it meets is its own."""
    commit = backend.store.commit

    def twice(writes: Sequence[Write]) -> None:
        commit(writes)
        raise ConditionFailed(frozenset({len(writes) - 1}))

    monkeypatch.setattr(backend.store, "commit", twice)
    backend.create("templates", "/api/templates", {"name": "t"})
    assert len(backend.store.rows("audit")) == len(backend.bus.events) == 1
