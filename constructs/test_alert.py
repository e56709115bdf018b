"""An alarm that verification raises, and a queue that it must arrive in: the way of a real alarm, without a person."""

from __future__ import annotations

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs

from constructs import Construct
from constructs.acknowledge import PLATFORM, acknowledge

# A run takes its own alert out; what a broken run leaves is gone soon.
_KEEP: Final = Duration.minutes(5)


class TestAlert(Construct):
    """`alarm`, which notifies `topic`, and `queue`, subscribed to it as a person is: without a filter.

    People's topics are not used: a filter that keeps a test alert from people also keeps alarms from them, because
    CloudWatch publishes without message attributes and an attribute filter never matches a message that has none.
    """

    __test__ = False

    def __init__(self, scope: Construct, id: str, *, alarm_name: str, queue_name: str, topic: sns.ITopic) -> None:
        super().__init__(scope, id)
        self.topic = topic
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=queue_name,
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
        topic.add_subscription(subscriptions.SqsSubscription(self.queue))
        self.alarm = cloudwatch.Alarm(
            self,
            "Alarm",
            alarm_name=alarm_name,
            alarm_description="Raised by verification to see that alarms arrive. Nothing is to be done",
            # No data is ever published: CloudWatch itself sets the alarm back to OK.
            metric=cloudwatch.Metric(
                namespace="Acinaces/TestAlert", metric_name=alarm_name, period=Duration.minutes(1)
            ),
            threshold=0,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        self.alarm.add_alarm_action(actions.SnsAction(topic))
