"""Who hears that a pipeline failed, or waits for a person."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions

from constructs import Construct
from constructs.acknowledge import PLATFORM, acknowledge

_NOTIFICATIONS = iam.ServicePrincipal("codestar-notifications.amazonaws.com")


class PipelineAlerts(Construct):
    """`topic`, encrypted; `watch` makes a pipeline tell it."""

    def __init__(self, scope: Construct, id: str, *, recipients: Sequence[str], encryption_key: kms.IKey) -> None:
        super().__init__(scope, id)
        self.topic = sns.Topic(self, "Topic", master_key=encryption_key, enforce_ssl=True)
        acknowledge(
            self.topic,
            "Mail about a state that the pipeline's own page shows as well; nothing acts on it",
            PLATFORM,
            "Serverless-SNSRedrivePolicy",
        )
        for address in recipients:
            self.topic.add_subscription(subscriptions.EmailSubscription(address))
        # The service publishes under its own name: no role could be granted the key.
        encryption_key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="NotificationsToEncryptedTopic",
                principals=[_NOTIFICATIONS],
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                resources=["*"],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )

    def watch(self, pipeline: codepipeline.IPipeline) -> None:
        """Failures, and approvals that wait."""
        pipeline.notify_on(
            "Notifications",
            self.topic,
            events=[
                codepipeline.PipelineNotificationEvents.PIPELINE_EXECUTION_FAILED,
                codepipeline.PipelineNotificationEvents.MANUAL_APPROVAL_NEEDED,
                codepipeline.PipelineNotificationEvents.MANUAL_APPROVAL_FAILED,
            ],
        )
