"""Fixtures that several suites share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

import stacks  # noqa: F401 - chooses the Node that runs CDK, before anything imports aws_cdk
from environments import known_environments

if TYPE_CHECKING:
    from tests.support.pipeline_synthesis import PipelineSynthesis
    from tests.support.synthesis import Synthesis

ENVIRONMENTS = known_environments()


@pytest.fixture(scope="session")
def synthesis_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Synthesis]:
    """An environment by name, synthesised: when first asked for, and once per run, however many workers there are."""
    shared = folder_of_the_run(tmp_path_factory)
    # `make pr` has synthesised this very tree already.
    if made := os.environ.get("ACINACES_SYNTHESIS"):
        shared = Path(made)

    def get(name: str) -> Synthesis:
        from tests.support.synthesis import DONE, Synthesis, synthesise

        done = shared / f"{name}{DONE}"
        with FileLock(shared / f"{name}.lock"):
            if not done.exists():
                synthesise(name, shared)
                done.touch()
        return Synthesis(environment=name, directory=shared / name)

    return get


@pytest.fixture(scope="session")
def pipelines(tmp_path_factory: pytest.TempPathFactory) -> PipelineSynthesis:
    """Both pipelines, synthesised once per run."""
    from tests.support.pipeline_synthesis import PipelineSynthesis, synthesise_pipelines

    shared = folder_of_the_run(tmp_path_factory)
    with FileLock(shared / "pipelines.lock"):
        if not (shared / "pipelines.done").exists():
            synthesise_pipelines(shared)
            (shared / "pipelines.done").touch()
    return PipelineSynthesis(shared / "pipelines")


def folder_of_the_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all workers of a run."""
    base = tmp_path_factory.getbasetemp()
    # Below xdist every worker has a folder of its own; their parent belongs to the run.
    shared = (base.parent if base.name.startswith("popen-") else base) / "synthesis"
    shared.mkdir(exist_ok=True)
    return shared


@pytest.fixture(params=ENVIRONMENTS)
def synthesis(request: pytest.FixtureRequest, synthesis_of: Callable[[str], Synthesis]) -> Synthesis:
    """Each of the environments in turn, synthesised."""
    return synthesis_of(request.param)
