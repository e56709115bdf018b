"""The app of a pipeline: its environments, each an assembly of its own, and the stack of the pipeline itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from delivery.plan import DeliveryPlan
from environments import Environment
from stacks.accepted_in_pipeline import PIPELINE
from stacks.acknowledgements import Applied, add_compliance_checks
from stacks.artifacts import Artifacts
from stacks.environment_assembly import EnvironmentAssembly
from stacks.pipeline import PipelineStack


def add_pipeline(
    app: cdk.App,
    plan: DeliveryPlan,
    *,
    artifacts_of: Callable[[Environment], Artifacts],
    context: Mapping[str, Any] | None = None,
) -> list[Applied]:
    """Adds the stacks of `plan` to `app`, with the same checks as an environment's own synthesis makes.

    Args:
        artifacts_of: builds what an environment is made of.
        context: for the environments' apps; what the CDK command line was given reaches them anyhow.
    """
    assemblies = {}
    for stage in plan.stages:
        environment = stage.environment
        assembly = EnvironmentAssembly(
            environment=environment,
            artifacts=artifacts_of(environment),
            directory=Path(app.outdir) / environment.name,
            context=context or {},
        )
        add_compliance_checks(assembly)
        assemblies[environment.name] = assembly
    home = cdk.Environment(account=plan.account, region=plan.settings.region)
    PipelineStack(app, plan.stack_name, plan=plan, assemblies=assemblies, env=home)
    return add_compliance_checks(app, PIPELINE)
