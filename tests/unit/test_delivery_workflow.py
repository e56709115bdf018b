"""GitHub's workflow: the pipeline's environments in its order, actions pinned by commit, no right too many."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from delivery import delivery_plan
from delivery.__main__ import main

WORKFLOWS = Path(__file__).resolve().parents[2] / ".github" / "workflows"
FILES = ("deploy.yml", "deploy-stage.yml")
_PINNED = re.compile(r"^[a-z-]+/[a-z-]+@[0-9a-f]{40}$")


def read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((WORKFLOWS / name).read_text(encoding="utf-8"))
    return found


def test_its_environments_are_the_pipelines_and_follow_each_other() -> None:
    jobs = read("deploy.yml")["jobs"]
    wanted = [stage.environment.name for stage in delivery_plan("main").stages]
    called = [job["with"]["environment"] for job in jobs.values() if "uses" in job]
    assert called == wanted
    for before, name in zip(["matrix", *wanted], wanted, strict=False):
        assert before in jobs[name]["needs"]
        assert "matrix" in jobs[name]["needs"]
    skipped = set(delivery_plan("main").settings.pipelines["hotfix"].skip)
    assert {name for name in wanted if jobs[name].get("if") == "inputs.pipeline == 'main'"} == skipped


@pytest.mark.parametrize("name", FILES)
def test_actions_are_pinned_by_commit(name: str) -> None:
    used = [step["uses"] for job in read(name)["jobs"].values() for step in job.get("steps", []) if "uses" in step]
    assert used
    assert [one for one in used if not _PINNED.match(one)] == []


@pytest.mark.parametrize("name", FILES)
def test_no_text_from_outside_becomes_a_command(name: str) -> None:
    for job in read(name)["jobs"].values():
        for step in job.get("steps", []):
            assert "${{" not in step.get("run", "")


def test_a_token_is_there_for_deployments_only() -> None:
    workflow = read("deploy.yml")
    assert workflow["permissions"] == {"contents": "read"}
    with_token = {name for name, job in workflow["jobs"].items() if "id-token" in job.get("permissions", {})}
    assert with_token == {stage.environment.name for stage in delivery_plan("main").stages}


def test_one_at_a_time_and_none_cancelled() -> None:
    assert read("deploy.yml")["concurrency"] == {"group": "deploy", "cancel-in-progress": False}


def test_each_step_is_run_in_the_account_that_it_asks(capsys: pytest.CaptureFixture[str]) -> None:
    """All of the pipeline's steps, and none twice; the promotion to an environment in the one before."""
    ran = []
    for stage in delivery_plan("main").stages:
        assert main(["stage", stage.environment.name]) == 0
        told = dict(line.split("=", 1) for line in capsys.readouterr().out.splitlines())
        assert told["role"].startswith(f"arn:aws:iam::{stage.environment.aws.account}:role/acinaces-")
        ran += [*told["before"].split(), *told["after"].split()]
    around = [step.name for stage in delivery_plan("main").stages for step in (*stage.before, *stage.after)]
    assert sorted(ran) == sorted(around)
    assert ran.index("production-promotion") == ran.index("staging-validation") + 1


@pytest.mark.parametrize(
    ("arguments", "known"),
    [
        (["run", "units"], "has no step 'units'; it has synth, unit,"),
        (["stage", "uat"], "has no environment 'uat'; it has dev,"),
    ],
)
def test_an_unknown_name_is_one_line(arguments: list[str], known: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert known in capsys.readouterr().err
