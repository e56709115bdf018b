"""The app of a pipeline: its environments, each an assembly of its own, and the stack of the pipeline itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from delivery.plan import DeliveryPlan
from delivery.settings import DeliveryFileError
from environments import Environment
from stacks.artifacts import Artifacts
from stacks.compliance import add_compliance_checks
from stacks.environment_assembly import EnvironmentAssembly
from stacks.pipeline import PipelineStack


def add_pipeline(app: cdk.App, plan: DeliveryPlan, *, artifacts_of: Callable[[Environment], Artifacts]) -> None:
    """Adds the stacks of `plan` to `app`, with the same checks as an environment's own synthesis makes.

    `artifacts_of` builds what an environment is made of.

    Raises:
        DeliveryFileError: an environment names an account that no person has entered.
    """
    read_only = app.node.try_get_context("placeholders") == "read-only"
    for stage in () if read_only else plan.stages:
        for key, number in stage.environment.placeholders.items():
            raise DeliveryFileError(
                f"environments/{stage.environment.name}.toml: {key} is {number}, which stands there until a person "
                "enters their own: a pipeline would deploy to a stranger's account, or trust it"
            )
    assemblies = environment_assemblies(app, plan, artifacts_of=artifacts_of)
    for assembly in assemblies.values():
        add_compliance_checks(assembly)
        # Here, because CDK Pipelines would write the findings down and go on.
        assembly.synth()
    add_pipeline_stack(app, plan, assemblies)
    add_compliance_checks(app)


def environment_assemblies(
    app: cdk.App,
    plan: DeliveryPlan,
    *,
    artifacts_of: Callable[[Environment], Artifacts],
    context: Mapping[str, Any] | None = None,
) -> dict[str, EnvironmentAssembly]:
    """By environment. `context` is for their apps; what the CDK command line was given reaches them anyhow."""
    return {
        stage.environment.name: EnvironmentAssembly(
            environment=stage.environment,
            artifacts=artifacts_of(stage.environment),
            directory=Path(app.outdir) / stage.environment.name,
            context=context or {},
        )
        for stage in plan.stages
    }


def add_pipeline_stack(
    app: cdk.App, plan: DeliveryPlan, assemblies: Mapping[str, EnvironmentAssembly]
) -> PipelineStack:
    """The stack of the pipeline; synthesises those of `assemblies` that it deploys."""
    home = cdk.Environment(account=plan.account, region=plan.settings.region)
    return PipelineStack(app, plan.stack_name, plan=plan, assemblies=assemblies, env=home)
