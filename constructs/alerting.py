"""Where alarms go: a topic for what must be looked at now, one for what can wait until morning."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs

from constructs import Construct
from constructs.acknowledge import acknowledge_last_queue
from constructs.alert_channels import AlertChannels, add_channels

_KEEP_UNDELIVERED = Duration.days(14)


class Alerting(Construct):
    """`critical` and `warning` topics; `undelivered` holds what SNS could not deliver.

    `test` is a topic like the two, without people: what its policy and key let through, theirs do as well.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        physical_name: Callable[[str], str],
        recipients: Sequence[str],
        encryption_key: kms.IKey,
        channels: AlertChannels | None = None,
    ) -> None:
        super().__init__(scope, id)
        self.undelivered = sqs.Queue(
            self,
            "Undelivered",
            queue_name=physical_name("alerts-undelivered"),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=_KEEP_UNDELIVERED,
        )
        acknowledge_last_queue(self.undelivered)
        self.critical = self._build_topic("Critical", physical_name("alerts-critical"), recipients, encryption_key)
        self.warning = self._build_topic("Warning", physical_name("alerts-warning"), recipients, encryption_key)
        self.test = self._build_topic("Test", physical_name("alerts-test"), (), encryption_key)
        self._let_alarms_use(encryption_key)
        if channels is not None:
            add_channels(
                self,
                channels,
                name=physical_name("alerts"),
                critical=self.critical,
                warning=self.warning,
                undelivered=self.undelivered,
            )

    def raise_critical(self, alarm: cloudwatch.AlarmBase) -> None:
        """Tells the critical topic when `alarm` goes off, and when it is over."""
        self._connect(alarm, self.critical)

    def raise_warning(self, alarm: cloudwatch.AlarmBase) -> None:
        """Tells the warning topic when `alarm` goes off, and when it is over."""
        self._connect(alarm, self.warning)

    @staticmethod
    def _connect(alarm: cloudwatch.AlarmBase, topic: sns.ITopic) -> None:
        alarm.add_alarm_action(actions.SnsAction(topic))
        alarm.add_ok_action(actions.SnsAction(topic))

    def _build_topic(self, id: str, name: str, recipients: Sequence[str], key: kms.IKey) -> sns.Topic:
        topic = sns.Topic(self, id, topic_name=name, master_key=key, enforce_ssl=True)
        # A topic policy of our own replaces the default one, by which alarms of the account may publish.
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[_CLOUDWATCH],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions=self._own_account(),
            )
        )
        for address in recipients:
            topic.add_subscription(
                # No filter: alarms carry no attributes, so an attribute filter would keep all of them back.
                subscriptions.EmailSubscription(address, dead_letter_queue=self.undelivered)
            )
        return topic

    def _let_alarms_use(self, key: kms.IKey) -> None:
        # The role of an alarm cannot be granted anything: it has none.
        key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsToEncryptedTopics",
                principals=[_CLOUDWATCH],
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                resources=["*"],
                conditions=self._own_account(),
            )
        )

    def _own_account(self) -> dict[str, dict[str, str]]:
        return {"StringEquals": {"aws:SourceAccount": Stack.of(self).account}}


_CLOUDWATCH = iam.ServicePrincipal("cloudwatch.amazonaws.com")
