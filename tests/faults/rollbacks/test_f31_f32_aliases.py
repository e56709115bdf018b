"""F31, F32: aliases that cannot be moved, are moved by somebody else, or share their traffic."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_src.operations import releases
from ops.errors import ExitCode
from ops.rollback.diary import read_chronicle
from ops.rollback.operation import Rollback
from ops.rollback.shifts import stop_shifts
from ops.rollback.targets import plan
from ops.surroundings import Surroundings
from tests.support.rollbacks import World
from tests.support.rolling_back import NAMES, Progress, refuse, roll_back


def test_f31_an_alias_that_cannot_be_moved_does_not_keep_the_others(
    world: World, around: Surroundings, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(around, monkeypatch, "lambda", "update_alias", times=1)

    result = roll_back(around, progress, "backend")

    assert (result.code, result.outcome, result.done.moved) == (ExitCode.PARTIAL, releases.PARTIAL, 2)
    unfinished = read_chronicle(around).unfinished
    assert unfinished is not None
    assert sorted(step["outcome"] for step in unfinished.steps) == ["done", "done", "failed"]
    assert world.hold() is not None

    again = Rollback(around, by="Ada", progress=progress, verify=lambda *_: ("passed", ExitCode.OK))
    assert again.go_on(unfinished, read_chronicle(around), back=False).code == ExitCode.OK
    assert set(world.state().functions.values()) == {1}


def test_an_alias_that_somebody_else_moves_meanwhile_is_left_alone(
    world: World, around: Surroundings, progress: Progress
) -> None:
    chronicle = read_chronicle(around)
    chosen = plan(around, chronicle, scope="backend", wanted=None)
    third = world.client("lambda").publish_version(FunctionName=NAMES[0])["Version"]
    if third == "2":
        pytest.fail("the emulator published nothing new: the test says nothing")
    world.serve(NAMES[0], int(third))

    result = Rollback(around, by="Ada", progress=progress, verify=lambda *_: ("", ExitCode.OK)).begin(
        chosen, chronicle, reason=""
    )

    assert result.code == ExitCode.PARTIAL
    assert "somebody else has moved it" in result.done.problems[0]
    assert world.client("lambda").get_alias(FunctionName=NAMES[0], Name="live")["FunctionVersion"] == third


def test_f32_a_shift_of_traffic_is_ended_and_the_weights_are_read_again(
    world: World, around: Surroundings, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.serve(NAMES[0], 1, {"2": 0.1})
    codedeploy, client = CodeDeploy(), around.client
    monkeypatch.setattr(around, "client", lambda name: codedeploy if name == "codedeploy" else client(name))

    result = roll_back(around, progress, "backend")

    assert result.code == ExitCode.OK
    assert codedeploy.stopped == ["d-ours"]
    # `state` asserts that no alias sends a share elsewhere.
    assert set(world.state().functions.values()) == {1}
    assert progress.steps[0] == "traffic shift d-ours stopped"


def test_f32_only_shifts_of_the_functions_are_stopped() -> None:
    codedeploy = CodeDeploy()

    assert stop_shifts(codedeploy, {"local-crypto-trading-o"}) == []
    assert stop_shifts(codedeploy, {NAMES[0]}) == ["d-ours"]


@pytest.mark.parametrize(
    ("verdict", "code"), [("failed", ExitCode.CHECK_FAILED), ("not verified", ExitCode.COULD_NOT_RUN)]
)
def test_what_serves_afterwards_is_verified_and_its_verdict_is_the_exit_code(
    world: World, around: Surroundings, progress: Progress, verdict: str, code: ExitCode
) -> None:
    result = roll_back(around, progress, "backend", verdict=(verdict, code))

    assert (result.code, result.outcome, result.verdict) == (code, releases.ROLLED_BACK, verdict)
    assert set(world.state().functions.values()) == {1}


class CodeDeploy:
    """Two deployments under way: ours, and one of somebody else's function."""

    def __init__(self) -> None:
        self.stopped: list[str] = []

    def get_paginator(self, operation: str) -> Any:
        answers = {
            "list_applications": {"applications": ["app"]},
            "list_deployment_groups": {"deploymentGroups": ["group"]},
            "list_deployments": {"deployments": ["d-ours", "d-other"]},
        }

        class Pages:
            def paginate(self, **_: Any) -> Any:
                return [answers[operation]]

        return Pages()

    def get_deployment(self, *, deploymentId: str) -> Any:
        name = NAMES[0] if deploymentId == "d-ours" else f"{NAMES[0]}-2"
        content = f"Resources:\n- f:\n    Properties:\n      Name: {name}\n      Alias: live\n"
        return {"deploymentInfo": {"computePlatform": "Lambda", "revision": {"string": {"content": content}}}}

    def stop_deployment(self, *, deploymentId: str, autoRollbackEnabled: bool) -> None:
        assert autoRollbackEnabled is False
        self.stopped.append(deploymentId)
