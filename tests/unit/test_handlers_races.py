"""Two callers in the same moment: what one reads has changed when it writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.backend import Answer, Backend
from tests.support.memory import MemoryStore


@pytest.fixture
def backend() -> Backend:
    backend = Backend()
    backend.create("templates", "/api/templates", {"templateId": "my-template-1", "name": "t"})
    profile = {"profileId": "my-profile-1", "name": "p", "maxDrawdown": 0.1, "maxPositionSize": 1000}
    backend.create("risk_profiles", "/api/risk-profiles", profile)
    return backend


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any], int], None]:
    """`meanwhile(action, times)` runs `action` right before the next commits, after everything was read."""

    def arrange(action: Callable[[], Any], times: int = 1) -> None:
        commit, left = MemoryStore.commit, [times]

        def commit_late(self: MemoryStore, writes: Any) -> None:
            if left[0] > 0:
                left[0] -= 1
                monkeypatch.setattr(MemoryStore, "commit", commit)
                action()
                monkeypatch.setattr(MemoryStore, "commit", commit_late)
            commit(self, writes)

        monkeypatch.setattr(MemoryStore, "commit", commit_late)

    return arrange


def create_strategy(backend: Backend) -> Answer:
    body = {"name": "s", "templateId": "my-template-1", "strategyId": "my-strategy-1"}
    return backend.call("strategies", "POST", "/api/strategies", body=body)


def rename(backend: Backend, **request: Any) -> Answer:
    return backend.call("templates", "PUT", "/api/templates/my-template-1", body={"name": "u"}, **request)


def test_template_that_gets_a_strategy_while_it_is_deleted_stays(backend: Backend, meanwhile: Any) -> None:
    meanwhile(lambda: create_strategy(backend))
    backend.call("templates", "DELETE", "/api/templates/my-template-1").problem(409, "in-use")
    assert backend.call("strategies", "GET", "/api/strategies/my-strategy-1").status == 200


def test_strategy_whose_template_goes_while_it_is_made_is_refused(backend: Backend, meanwhile: Any) -> None:
    meanwhile(lambda: backend.call("templates", "DELETE", "/api/templates/my-template-1"))
    create_strategy(backend).problem(422, "invalid")
    assert backend.store.rows("templates") == []


def test_a_strategy_made_while_its_template_is_renamed_is_counted(backend: Backend, meanwhile: Any) -> None:
    meanwhile(lambda: create_strategy(backend))
    assert rename(backend).status == 200
    assert backend.store.rows("templates")[0]["strategyCount"] == 1


def test_without_if_match_the_later_change_wins(backend: Backend, meanwhile: Any) -> None:
    meanwhile(lambda: rename(backend))
    answer = backend.call("templates", "PUT", "/api/templates/my-template-1", body={"name": "last"})
    assert (answer.status, answer.json["name"], answer.json["version"]) == (200, "last", 3)


def test_with_if_match_the_later_change_is_told(backend: Backend, meanwhile: Any) -> None:
    meanwhile(lambda: rename(backend))
    answer = rename(backend, headers={"If-Match": '"1"'})
    assert answer.problem(412, "version-mismatch")["currentVersion"] == 2


def test_a_row_that_never_rests_is_a_conflict(backend: Backend, meanwhile: Any) -> None:
    meanwhile(lambda: rename(backend), 9)
    rename(backend).problem(409, "changed-meanwhile")


def test_row_deleted_while_it_is_changed_is_gone(backend: Backend, meanwhile: Any) -> None:
    meanwhile(lambda: backend.call("templates", "DELETE", "/api/templates/my-template-1"))
    rename(backend).problem(404, "not-found")
    assert backend.store.rows("templates") == []


def test_the_same_creation_twice_at_once_is_one_row(backend: Backend, meanwhile: Any) -> None:
    meanwhile(lambda: create_strategy(backend))
    assert create_strategy(backend).status == 200
    assert backend.store.rows("templates")[0]["strategyCount"] == 1


def test_strategy_changed_while_it_is_activated(backend: Backend, meanwhile: Any) -> None:
    create_strategy(backend)
    body = {"name": "u", "templateId": "my-template-1"}
    meanwhile(lambda: backend.call("strategies", "PUT", "/api/strategies/my-strategy-1", body=body))
    answer = backend.call("strategies", "POST", "/api/strategies/my-strategy-1/activate")
    answer.problem(409, "changed-meanwhile")
    assert backend.workflows.started == []


def place(backend: Backend, **changes: Any) -> Answer:
    body = {"mode": "paper", "symbol": "ETH-EUR", "side": "buy", "quantity": 0.3, "riskProfileId": "my-profile-1"}
    return backend.call("orders", "POST", "/api/orders", body=body | changes)


def test_two_orders_at_once_both_count_against_the_limit(backend: Backend, meanwhile: Any) -> None:
    meanwhile(lambda: place(backend))
    place(backend).problem(422, "risk-limit-exceeded")
    assert len([row for row in backend.store.rows("orders") if "mode" in row]) == 1


def test_the_same_order_twice_at_once_is_filled_once(backend: Backend, meanwhile: Any) -> None:
    meanwhile(lambda: place(backend, orderId="my-order-1"))
    assert place(backend, orderId="my-order-1").status == 200
    assert len([row for row in backend.store.rows("orders") if "mode" in row]) == 1


def test_orders_that_always_collide_are_a_conflict(backend: Backend, meanwhile: Any) -> None:
    meanwhile(lambda: place(backend, quantity=0.01), 9)
    place(backend, quantity=0.01).problem(409, "changed-meanwhile")
