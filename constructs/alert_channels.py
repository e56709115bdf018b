"""Where alarms go besides e-mail: a Slack channel, and PagerDuty for what must be looked at now (MISSION M37)."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import SecretValue
from aws_cdk import aws_chatbot as chatbot
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from constructs import Construct

# The most that anybody in the channel could be allowed; the channel's own role is allowed nothing.
_GUARDRAIL = "CloudWatchReadOnlyAccess"


@dataclass(frozen=True, kw_only=True)
class AlertChannels:
    """Slack's ids; the name of the secret with PagerDuty's integration URL. None: there is no such channel."""

    slack_workspace: str | None = None
    slack_channel: str | None = None
    pagerduty_secret: str | None = None


def add_channels(
    scope: Construct,
    channels: AlertChannels,
    *,
    name: str,
    critical: sns.Topic,
    warning: sns.Topic,
    undelivered: sqs.IQueue,
) -> None:
    """Both topics to Slack, the critical one to PagerDuty."""
    if channels.slack_workspace and channels.slack_channel:
        chatbot.SlackChannelConfiguration(
            scope,
            "Slack",
            slack_channel_configuration_name=name,
            slack_workspace_id=channels.slack_workspace,
            slack_channel_id=channels.slack_channel,
            notification_topics=[critical, warning],
            guardrail_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(_GUARDRAIL)],
        )
    if channels.pagerduty_secret:
        sns.Subscription(
            scope,
            "PagerDuty",
            topic=critical,
            protocol=sns.SubscriptionProtocol.HTTPS,
            # A reference that CloudFormation resolves: the URL is in no template.
            endpoint=SecretValue.secrets_manager(channels.pagerduty_secret).unsafe_unwrap(),
            dead_letter_queue=undelivered,
        )
