"""Synthesis: once per execution. What it makes is what all environments get."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_iam as iam
from aws_cdk import pipelines

from delivery.assembly import VARIABLE
from delivery.checks import ASSEMBLY
from delivery.installation import install_commands
from delivery.plan import DeliveryPlan
from stacks.pipeline_steps.build_step import PYTHON, project_name


class SynthStep(pipelines.CodeBuildStep):
    """`cdk synth -c pipeline=NAME` with the locked packages; its output holds an assembly per environment.

    `digest` is a variable of the execution, which is nowhere in the store of artefacts.
    """

    def __init__(self, plan: DeliveryPlan, *, source: pipelines.IFileSetProducer, role: iam.IRole) -> None:
        super().__init__(
            "Synth",
            project_name=project_name(plan, plan.synth.name),
            role=role,
            input=source,
            install_commands=install_commands(plan.synth),
            commands=[*plan.synth.commands, f'export {VARIABLE}="$(python -m delivery digest)"'],
            primary_output_directory=ASSEMBLY,
            partial_build_spec=codebuild.BuildSpec.from_object(PYTHON),
            timeout=cdk.Duration.minutes(plan.synth.timeout_min),
        )
        self.digest = self.exported_variable(VARIABLE)
