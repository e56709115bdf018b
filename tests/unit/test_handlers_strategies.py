"""Strategies and their templates: one cannot be without the other."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_src.platform_common.problems import unavailable
from tests.support.backend import Backend
from tests.support.memory import MemoryWorkflows


@pytest.fixture
def backend() -> Backend:
    return Backend()


def template(backend: Backend, **body: Any) -> str:
    return str(backend.create("templates", "/api/templates", {"name": "t", **body})["templateId"])


def strategy(backend: Backend, template_id: str, **body: Any) -> Any:
    return backend.create("strategies", "/api/strategies", {"name": "s", "templateId": template_id, **body})


def test_strategy_from_an_existing_template(backend: Backend) -> None:
    created = strategy(backend, template(backend), parameters={"window": 5})
    assert created["status"] == "draft"
    assert created["parameters"] == {"window": 5}
    assert [name for name, _ in backend.bus.events] == ["template.created", "strategy.created"]


def test_strategy_without_its_template_is_refused_and_leaves_nothing(backend: Backend) -> None:
    body = {"name": "s", "templateId": "no-such-template"}
    document = backend.call("strategies", "POST", "/api/strategies", body=body).problem(422, "invalid")
    assert document["errors"][0]["field"] == "/templateId"
    assert not any(backend.store.tables.values())


def test_template_in_use_stays(backend: Backend) -> None:
    template_id = template(backend)
    one, two = strategy(backend, template_id), strategy(backend, template_id)
    path = f"/api/templates/{template_id}"
    for each in (one, two):
        backend.call("templates", "DELETE", path).problem(409, "in-use")
        assert backend.call("strategies", "DELETE", f"/api/strategies/{each['strategyId']}").status == 204
    assert backend.call("templates", "DELETE", path).status == 204


def test_changing_a_template_does_not_forget_its_strategies(backend: Backend) -> None:
    template_id = template(backend)
    strategy(backend, template_id)
    backend.call("templates", "PUT", f"/api/templates/{template_id}", body={"name": "renamed"})
    backend.call("templates", "DELETE", f"/api/templates/{template_id}").problem(409, "in-use")


def test_a_repeated_creation_counts_once(backend: Backend) -> None:
    template_id = template(backend)
    body = {"name": "s", "templateId": template_id, "strategyId": "my-strategy-1"}
    answers = [backend.call("strategies", "POST", "/api/strategies", body=body).status for _ in range(3)]
    assert answers == [201, 200, 200]
    assert backend.store.rows("templates")[0]["strategyCount"] == 1


def test_template_of_a_strategy_cannot_be_exchanged(backend: Backend) -> None:
    first, second = template(backend), template(backend)
    path = f"/api/strategies/{strategy(backend, first)['strategyId']}"
    backend.call("strategies", "PUT", path, body={"name": "s", "templateId": second}).problem(422, "invalid")
    assert backend.call("strategies", "PUT", path, body={"name": "s2", "templateId": first}).status == 200


def test_strategy_outlives_a_template_removed_behind_its_back(backend: Backend) -> None:
    """A verification run removes its rows by key; what is left must still be removable."""
    template_id = template(backend, templateId="smoke-run-template")
    strategy_id = strategy(backend, template_id)["strategyId"]
    backend.store.tables["templates"].clear()
    assert backend.call("strategies", "DELETE", f"/api/strategies/{strategy_id}").status == 204
    assert backend.store.rows("templates") == []


def test_throw_away_template_makes_throw_away_strategies(backend: Backend) -> None:
    template(backend, templateId="smoke-run-template")
    created = strategy(backend, "smoke-run-template")
    assert "expiresAt" in created
    assert all("expiresAt" in entry for entry in backend.store.rows("audit"))


def test_throw_away_strategy_never_hangs_on_a_lasting_template(backend: Backend) -> None:
    body = {"name": "s", "templateId": template(backend), "strategyId": "smoke-run-strategy"}
    backend.call("strategies", "POST", "/api/strategies", body=body).problem(422, "invalid")
    assert "strategyCount" not in backend.store.rows("templates")[0]


def test_activation_starts_the_workflow(backend: Backend) -> None:
    row = strategy(backend, template(backend))
    path = f"/api/strategies/{row['strategyId']}"
    answer = backend.call("strategies", "POST", f"{path}/activate")
    assert (answer.status, answer.json["status"]) == (202, "activating")
    ((workflow, name, document),) = backend.workflows.started
    assert (workflow, name) == ("strategy-activation", f"{row['strategyId']}-2")
    assert {"strategyId", "templateId", "version", "requestedAt"} == document.keys()
    assert len(name) <= 80  # Step Functions' limit
    assert backend.call("strategies", "GET", path).json["status"] == "activating"
    assert backend.bus.events[-1][0] == "strategy.activated"
    assert backend.store.rows("audit")[-1]["action"] == "activated"


def test_activation_can_be_repeated_until_it_is_active(backend: Backend) -> None:
    strategy_id = strategy(backend, template(backend))["strategyId"]
    path = f"/api/strategies/{strategy_id}/activate"
    assert [backend.call("strategies", "POST", path).status for _ in range(2)] == [202, 202]
    assert len({name for _, name, _ in backend.workflows.started}) == 2
    backend.store.tables["strategies"][(strategy_id,)]["status"] = "active"
    backend.call("strategies", "POST", path).problem(409, "already-active")


def test_activation_of_nothing_or_of_another_version(backend: Backend) -> None:
    backend.call("strategies", "POST", "/api/strategies/unknown-strategy/activate").problem(404, "not-found")
    path = f"/api/strategies/{strategy(backend, template(backend))['strategyId']}/activate"
    backend.call("strategies", "POST", path, headers={"If-Match": '"9"'}).problem(412, "version-mismatch")
    assert backend.workflows.started == []


def test_activation_without_its_workflow_says_so(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> str:
        raise unavailable("workflow-not-configured", "The workflow 'strategy-activation' is not configured here.")

    monkeypatch.setattr(MemoryWorkflows, "start", refuse)
    path = f"/api/strategies/{strategy(backend, template(backend))['strategyId']}/activate"
    answer = backend.call("strategies", "POST", path)
    assert "strategy-activation" in answer.problem(503, "workflow-not-configured")["detail"]
    assert answer.headers["retry-after"] == "1"
