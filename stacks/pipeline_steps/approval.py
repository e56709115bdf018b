"""A person's word before a deployment."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_sns as sns
from aws_cdk import pipelines

from environments import Environment
from stacks.pipeline_steps.build_step import BuildStep


class ApprovalStep(pipelines.ManualApprovalStep):
    """Asks once everything in `after` has passed, and shows what those of them that have something to tell said.

    digest: of the assembly, as synthesis said it.
    """

    def __init__(
        self,
        environment: Environment,
        *,
        tells: Sequence[BuildStep],
        after: Sequence[pipelines.Step],
        topic: sns.ITopic,
        digest: str,
    ) -> None:
        said = " | ".join(step.summary for step in tells if step.summary)
        shown = (said, f"Assembly {digest}", "Reports and the whole diff: the builds of this stage")
        super().__init__(
            f"{environment.name}-approval",
            comment=f"Deploy to {environment.name}? {' | '.join(shown)}",
            notification_topic=topic,
        )
        for step in after:
            self.add_step_dependency(step)
