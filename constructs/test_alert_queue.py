"""A queue that gets test alerts and nothing else, so that their arrival can be seen without a person's mailbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs

from constructs import Construct
from constructs.acknowledge import PLATFORM, acknowledge

# The message attribute of a test alert; `AlertCheck.attribute` in the plan.
ATTRIBUTE: Final = "testAlert"
# A run takes its own alert out; what a broken run leaves is gone soon.
_KEEP: Final = Duration.minutes(5)


def people_only() -> dict[str, sns.SubscriptionFilter]:
    """The filter of a person's subscription: whoever tests alerts every few minutes must not wake anybody."""
    return {ATTRIBUTE: sns.SubscriptionFilter.not_exists_filter()}


class TestAlertQueue(Construct):
    """`queue`, subscribed to every topic for messages that carry the attribute `testAlert`."""

    __test__ = False

    def __init__(self, scope: Construct, id: str, *, name: str, topics: Sequence[sns.ITopic]) -> None:
        super().__init__(scope, id)
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=name,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=_KEEP,
        )
        acknowledge(
            self.queue,
            "Test alerts for five minutes, under SQS's own key: one that does not arrive must be missed, not kept",
            PLATFORM,
            *("AwsSolutions-SQS3", "Serverless-SQSRedrivePolicy", "Serverless-SNSRedrivePolicy", "CKV_AWS_27"),
        )
        for topic in topics:
            topic.add_subscription(
                subscriptions.SqsSubscription(
                    self.queue, filter_policy={ATTRIBUTE: sns.SubscriptionFilter.exists_filter()}
                )
            )
