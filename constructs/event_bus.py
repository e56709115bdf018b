"""The platform's event bus: every event is kept for a replay, and written to a log."""

from __future__ import annotations

from aws_cdk import ArnFormat, Duration, RemovalPolicy, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs

from constructs import Construct
from constructs.acknowledge import PLATFORM, acknowledge

_ARCHIVE = Duration.days(30)


class PlatformBus(Construct):
    """`bus`, its archive of 30 days, and the log group `/aws/events/{name}`."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        log_retention: logs.RetentionDays,
        log_key: kms.IKey,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, id)
        self.bus = events.EventBus(self, "Bus", event_bus_name=name)
        everything = events.EventPattern(account=[Stack.of(self).account])
        self.archive = self.bus.archive("Archive", event_pattern=everything, retention=_ARCHIVE, archive_name=name)
        self.log_group = logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/events/{name}",
            retention=log_retention,
            encryption_key=log_key,
            removal_policy=removal_policy,
        )
        self._log_everything()

    def _log_everything(self) -> None:
        # CDK's CloudWatchLogGroup target would bring a function of its own to write this one policy.
        policy = self.log_group.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[
                    iam.ServicePrincipal("events.amazonaws.com"),
                    iam.ServicePrincipal("delivery.logs.amazonaws.com"),
                ],
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[self.log_group.log_group_arn],
            )
        )
        rule = events.CfnRule(
            self,
            "LogEverything",
            description="Writes every event of the bus to its log group",
            event_bus_name=self.bus.event_bus_name,
            event_pattern={"account": [Stack.of(self).account]},
            targets=[events.CfnRule.TargetProperty(id="Logs", arn=self._log_group_arn())],
        )
        acknowledge(
            rule,
            "The bus's archive keeps every event for a replay, whether it reached the log or not",
            PLATFORM,
            "Serverless-EventBusDLQ",
        )
        if policy.policy_dependable:
            rule.node.add_dependency(policy.policy_dependable)

    def _log_group_arn(self) -> str:
        """As EventBridge wants it: `LogGroup.log_group_arn` ends with `:*`."""
        return Stack.of(self).format_arn(
            service="logs",
            resource="log-group",
            resource_name=self.log_group.log_group_name,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
