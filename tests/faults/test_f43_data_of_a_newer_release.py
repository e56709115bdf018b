"""F43: after a rollback the old release reads, lists, changes and removes what the newer one wrote, and loses nothing.

The newer release is the same code with a field more in every resource, and a state more in its rows.
"""

from __future__ import annotations

import importlib
import os
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest
from pydantic import create_model

from lambda_src.journal import EntryKind, JournalEntry, assemble
from lambda_src.operations.entries import Entry
from lambda_src.operations.releases import chronicle
from lambda_src.platform_common import services as services_module
from lambda_src.platform_common.api import Api
from lambda_src.platform_common.bodies import Body
from lambda_src.platform_common.crud import Resource, add_routes
from tests.support.backend import Backend, Context, checked, variables

BODIES: dict[str, dict[str, Any]] = {
    "templates": {"name": "mean reversion", "parameters": {"window": 20}},
    "risk_profiles": {"name": "cautious", "maxDrawdown": 0.1, "maxPositionSize": 1000},
    "data_sources": {"name": "news wire", "kind": "news"},
    "providers": {"name": "kraken", "kind": "exchange"},
}
NEWER = {"ratingOfPeers": "AAA", "history": [{"at": "2027-01-01", "value": 1}]}


def wider(body: type[Body]) -> Any:
    """What callers of the newer release may send."""
    return create_model("Newer", __base__=body, rating_of_peers=(str, ""), history=(list[dict[str, Any]], []))


class Releases:
    """One database, and two releases that use it."""

    def __init__(self, handler: str) -> None:
        module = importlib.import_module(f"lambda_src.handlers.{handler}")
        (self.resource,) = (value for value in vars(module).values() if isinstance(value, Resource))
        self.backend = Backend()
        self.handler = handler
        self._newer = Api()
        add_routes(
            self._newer,
            replace(self.resource, body=wider(self.resource.body), initial={**self.resource.initial, "stage": "beta"}),
        )

    def newer(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """The newer release's answer."""
        event = self.backend.event(method, path, body=body)
        with mock.patch.dict(os.environ, variables()), services_module.using(self.backend.services):
            return checked(self._newer.resolve(event, Context()))

    def older(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """This release's answer."""
        return self.backend.call(self.handler, method, path, body=body)


@pytest.fixture(params=BODIES)
def both(request: pytest.FixtureRequest) -> Releases:
    return Releases(request.param)


def test_the_older_release_works_with_rows_of_the_newer(both: Releases) -> None:
    body, route = BODIES[both.handler], both.resource.route
    written = both.newer("POST", route, {**body, **NEWER})
    assert written.status == 201
    row = written.json
    assert row.items() >= {**NEWER, "stage": "beta"}.items()
    one = f"{route}/{row[both.resource.id_name]}"

    assert both.older("GET", one).json == row
    assert both.older("GET", route).json["items"] == [row]
    changed = both.older("PUT", one, {**body, "name": "renamed"})
    assert (changed.status, changed.json["name"]) == (200, "renamed")
    # Forward again: what the newer release knows is still there.
    assert both.newer("GET", one).json.items() >= {**NEWER, "stage": "beta", "name": "renamed"}.items()
    assert both.older("DELETE", one).status == 204


def test_the_newer_release_works_with_rows_of_the_older(both: Releases) -> None:
    body, route = BODIES[both.handler], both.resource.route
    row = both.older("POST", route, body).json
    one = f"{route}/{row[both.resource.id_name]}"

    assert both.newer("GET", one).json == row
    assert both.newer("PUT", one, {**body, **NEWER}).json.items() >= NEWER.items()
    assert both.older("GET", one).status == 200


def test_orders_of_a_newer_release_are_shown() -> None:
    backend = Backend()
    profile = backend.create("risk_profiles", "/api/risk-profiles", BODIES["risk_profiles"])["profileId"]
    body = {"mode": "paper", "symbol": "ETH-EUR", "side": "buy", "quantity": 0.1, "riskProfileId": profile}
    row = backend.create("orders", "/api/orders", body)
    stored = backend.store.tables["orders"][row["orderId"],]
    # A symbol, a status and a field that this release does not know.
    stored |= {"symbol": "NEW-EUR", "status": "settled", "venue": {"name": "x"}}

    shown = backend.call("orders", "GET", f"/api/orders/{row['orderId']}")

    assert (shown.status, shown.json["status"], shown.json["venue"]) == (200, "settled", {"name": "x"})
    assert backend.call("orders", "GET", f"/api/orders/accounts/{profile}").status == 200


def test_the_journal_of_a_newer_release_is_read() -> None:
    """By what lists releases, and by what goes back to one."""
    state = {"functions": {"f": 1}, "site": {}, "queues": {"q": "new"}}
    bodies = {
        "started": {"release_id": "id", "environment": "test", "weather": "fine"},
        "judged": {"verdict": "passed", "state": state, "score": 0.9},
    }
    at = "2027-01-01T00:00:00.000+00:00"
    entries = [JournalEntry(attempt="a", kind=EntryKind(kind), at=at, body=body) for kind, body in bodies.items()]

    (record,) = assemble(entries)
    told = chronicle(Entry(**entry.model_dump(mode="json")) for entry in entries)

    assert record.state.functions == {"f": 1}
    assert [release.functions for release in told.releases] == [{"f": 1}]
