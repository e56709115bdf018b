"""A step that runs commands in a container of its own: what every other step of this package is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_iam as iam
from aws_cdk import pipelines

from delivery.assembly import VARIABLE
from delivery.checks import ASSEMBLY, REPORTS
from delivery.installation import install_commands, run_command
from delivery.plan import DeliveryPlan
from delivery.run import ROLE_VARIABLE
from delivery.step import Needs, Step

# What the approver reads of a step that tells something. CodePipeline takes 1,000 characters for all of them.
SUMMARY: Final = "SUMMARY"
_SUMMARY_BYTES: Final = 220
PYTHON: Final = {"phases": {"install": {"runtime-versions": {"python": "3.13"}}}}


def project_name(plan: DeliveryPlan, step: str) -> str:
    """A project is found by its pipeline's and its step's name."""
    return f"acinaces-{plan.name}-{step}"


class BuildStep(pipelines.CodeBuildStep):
    """`step` in CodeBuild with `role`, and its JUnit reports; `asks_as`: the role that it takes to ask an account.

    assembly, digest: what was synthesised, and what synthesis said that it is; for a step that needs it.
    """

    def __init__(
        self,
        step: Step,
        *,
        plan: DeliveryPlan,
        source: pipelines.IFileSetProducer,
        assembly: pipelines.IFileSetProducer | None,
        digest: str,
        role: iam.IRole,
        asks_as: str | None = None,
    ) -> None:
        given = assembly if step.needs is Needs.ASSEMBLY else None
        variables = {**({ROLE_VARIABLE: asks_as} if asks_as else {}), **({VARIABLE: digest} if given else {})}
        super().__init__(
            step.name,
            project_name=project_name(plan, step.name),
            input=source,
            additional_inputs={ASSEMBLY: given} if given else None,
            install_commands=install_commands(step),
            commands=[run_command(step, pipeline=plan.name), *_summary_commands(step)],
            env=variables or None,
            role=role,
            partial_build_spec=codebuild.BuildSpec.from_object(_build_spec(step)),
            timeout=cdk.Duration.minutes(step.timeout_min),
        )
        # Asked for when the step is made: CDK Pipelines then gives its action a namespace.
        self.summary = self.exported_variable(SUMMARY) if step.tells else None


def _summary_commands(step: Step) -> Sequence[str]:
    return [f'export {SUMMARY}="$(head -c {_SUMMARY_BYTES} {REPORTS}/{step.name}.summary)"'] if step.tells else []


def _build_spec(step: Step) -> Mapping[str, Any]:
    if not any(".xml" in command for command in step.commands):
        return PYTHON
    return {**PYTHON, "reports": {"junit": {"files": [f"{REPORTS}/{step.name}*.xml"], "file-format": "JUNITXML"}}}
