"""A pipeline as a whole: the matrix, then environment after environment, from files alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from delivery.checks import changes, preflight, promotion, validation
from delivery.matrix import matrix
from delivery.settings import FILE, DeliveryFileError, DeliverySettings, PipelineSettings, choose, load_settings
from delivery.step import Needs, Phase, Step
from environments import Environment, known_environments, load_environment
from environments.loader import DIRECTORY


@dataclass(frozen=True, kw_only=True)
class StagePlan:
    """One environment: steps `before` its deployment and `after` it; a person is asked once those before passed."""

    environment: Environment
    approved_by_a_person: bool
    before: tuple[Step, ...]
    after: tuple[Step, ...]


@dataclass(frozen=True, kw_only=True)
class DeliveryPlan:
    """`account`: where the pipeline itself lives. `synth` makes the one assembly that all `stages` deploy."""

    name: str
    settings: DeliverySettings
    pipeline: PipelineSettings
    account: str
    synth: Step
    tests: tuple[Step, ...]
    stages: tuple[StagePlan, ...]

    @property
    def stack_name(self) -> str:
        """Of the pipeline's own stack."""
        return f"Acinaces-{self.name}-Pipeline"

    @property
    def steps(self) -> tuple[Step, ...]:
        """All of them, in order."""
        around = (step for stage in self.stages for step in (*stage.before, *stage.after))
        return (self.synth, *self.tests, *around)


def delivery_plan(name: str, *, directory: Path = DIRECTORY, file: Path = FILE) -> DeliveryPlan:
    """The pipeline called `name` through the environments of `directory` that have a place in it.

    Raises:
        DeliveryFileError: an unknown pipeline, or environments that do not fit together.
        EnvironmentFileError: an environment that cannot be used.
    """
    settings = load_settings(file)
    pipeline = choose(settings, name)
    every = [load_environment(known, directory) for known in known_environments(directory)]
    placed = sorted((one for one in every if one.pipeline), key=lambda one: one.pipeline.order if one.pipeline else 0)
    _fit_together(placed)
    unknown = sorted(set(pipeline.skip) - {one.name for one in placed})
    if unknown:
        raise DeliveryFileError(
            f"delivery/delivery.toml: pipelines.{name}.skip names {unknown[0]!r}, which has no place in the pipeline"
        )
    chosen = [one for one in placed if one.name not in pipeline.skip]
    if not chosen:
        raise DeliveryFileError(
            f"no environment has a place in the pipeline {name!r}: add [pipeline] to environments/NAME.toml"
        )
    (account,) = {one.pipeline.account for one in placed if one.pipeline}
    return DeliveryPlan(
        name=name,
        settings=settings,
        pipeline=pipeline,
        account=account,
        synth=Step(
            name="synth",
            phase=Phase.PREPARATION,
            commands=(f"cdk synth --quiet -c pipeline={name}",),
            needs=Needs.RELEASE,
        ),
        tests=matrix(),
        stages=tuple(_stage(one, before) for one, before in zip(chosen, [None, *chosen[:-1]], strict=True)),
    )


def _stage(environment: Environment, before: Environment | None) -> StagePlan:
    promoted = (promotion(environment, before),) if before and environment.production_checks else ()
    return StagePlan(
        environment=environment,
        approved_by_a_person=environment.require_manual_approval,
        before=(preflight(environment), *promoted, changes(environment)),
        after=(validation(environment),),
    )


def _fit_together(environments: Sequence[Environment]) -> None:
    """One account's pipeline, an order without doubt, and capacities that never shrink on the way (M30)."""
    accounts = {one.pipeline.account: one.name for one in environments if one.pipeline}
    if len(accounts) > 1:
        named = " and ".join(f"{account} ({name})" for account, name in sorted(accounts.items()))
        raise DeliveryFileError(f"pipeline.account must be the same in all environments, got {named}")
    for one, following in pairwise(environments):
        if one.pipeline and following.pipeline and one.pipeline.order == following.pipeline.order:
            raise DeliveryFileError(f"pipeline.order of {one.name} and {following.name} must differ")
        for key in ("replicas", "cpu", "memory_mb"):
            if getattr(following.capacity, key) < getattr(one.capacity, key):
                raise DeliveryFileError(
                    f"capacity.{key} of {following.name} must be at least that of {one.name}, which comes before it"
                )
