"""The pipeline on a laptop: environments as they are there, what is not repeated, and who approves."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from delivery import Kind, Phase, Step, delivery_plan
from environments import load_environment
from environments.loader import DIRECTORY
from local import sources
from local.edge.settings import EdgePorts
from local.pipeline import screen, steps
from local.pipeline.loopback_settings import rename_skipped, to_toml, write_environments

EDGE = EdgePorts(dns=1053, https=1443, http=1080)


@pytest.fixture
def environments(tmp_path: Path) -> Path:
    target = Path(shutil.copytree(DIRECTORY, tmp_path / "environments", ignore=shutil.ignore_patterns("*.py*", "__*")))
    write_environments(DIRECTORY, target, port=4599, edge=EDGE, authority=tmp_path / "a.pem")
    return target


def test_every_environment_of_the_pipeline_is_on_loopback_and_no_other(environments: Path) -> None:
    names = {path.stem for path in environments.glob("*.toml")}
    assert names == {"local-dev", "local-test", "local-staging", "local-production"}
    for name in names:
        here, there = load_environment(name, environments), load_environment(name.removeprefix("local-"))
        assert here.aws.account == there.aws.account
        assert here.capacity == there.capacity
        assert here.pipeline == there.pipeline
        assert here.production_checks is there.production_checks
        assert here.require_manual_approval is there.require_manual_approval
        assert here.site_url == f"http://{name}.acinaces.localhost:4599"
        assert here.gate.allow_loopback
        assert not here.protected


def test_the_order_and_the_steps_are_the_pipelines_own(environments: Path) -> None:
    here, there = delivery_plan("main", directory=environments), delivery_plan("main")
    assert [step.name.replace("local-", "") for step in here.steps] == [step.name for step in there.steps]


def test_a_hotfix_leaves_out_the_same(environments: Path, tmp_path: Path) -> None:
    file = Path(shutil.copy(DIRECTORY.parent / "delivery" / "delivery.toml", tmp_path / "delivery.toml"))
    rename_skipped(file)
    stages = delivery_plan("hotfix", directory=environments, file=file).stages
    assert [stage.environment.name for stage in stages] == ["local-staging", "local-production"]


def test_settings_survive_being_written(environments: Path) -> None:
    for path in environments.glob("*.toml"):
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        assert tomllib.loads(to_toml(values)) == values


def step(command: str, kind: Kind = Kind.BLOCKING) -> Step:
    return Step(name="unit", phase=Phase.TESTING, commands=(command,), kind=kind)


def test_a_step_that_passed_is_not_repeated_for_the_same_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def run(step: Step, **_: object) -> steps.Ran:
        calls.append(step.name)
        return steps.Ran(step=step.name, passed=len(calls) > 1, stops=len(calls) < 2, seconds=1.0, summary="s")

    monkeypatch.setattr(steps, "KEPT", tmp_path)
    monkeypatch.setattr(steps, "run", run)
    monkeypatch.setattr(sources, "digest", lambda: "same")

    def once(command: str = "x") -> steps.Ran:
        return steps.run_once(step(command), pipeline="main", workspace=tmp_path, logs=tmp_path, variables={})

    assert once().stops
    assert not once().before
    again = once()
    assert (again.before, again.passed, again.summary, len(calls)) == (True, True, "s", 2)
    monkeypatch.setattr(sources, "digest", lambda: "other")
    assert not once().before


def test_without_a_terminal_nothing_is_approved(capsys: pytest.CaptureFixture[str]) -> None:
    assert screen.ask("local-production", ["production gets the 20 artefacts of staging"]) is False
    assert "20 artefacts" in capsys.readouterr().err
