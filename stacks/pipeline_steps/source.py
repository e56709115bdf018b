"""Where the sources come from."""

from __future__ import annotations

from aws_cdk import pipelines

from delivery.plan import DeliveryPlan


def source_of(plan: DeliveryPlan) -> pipelines.CodePipelineSource:
    """The pipeline's branch, by its connection.

    A full clone: the commit that is released is read from git's history. It is pinned when the execution starts, so
    that every step of it, the deployment to production included, works on the same commit.
    """
    return pipelines.CodePipelineSource.connection(
        plan.settings.source.repository,
        plan.pipeline.branch,
        connection_arn=plan.settings.source.connection_arn,
        action_name="Source",
        code_build_clone_output=True,
        trigger_on_push=True,
    )
