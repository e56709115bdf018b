"""Alarms on their way to people, as CloudWatch, SNS and KMS let them through."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from constructs import Construct
from constructs.alert_channels import AlertChannels
from constructs.alerting import Alerting
from constructs.encryption_key import EncryptionKey
from local.cloud import EmbeddedCloud
from tests.support.embedded import put, started
from tests.support.snapshots import ENV, template_of

pytestmark = [pytest.mark.xdist_group("emulator")]
ALARM = {
    "Namespace": "Demo",
    "MetricName": "Failure",
    "Statistic": "Maximum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
}
CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    with started(tmp_path_factory.mktemp("cloud")) as cloud:
        yield cloud


def subscriber(cloud: EmbeddedCloud, name: str, topic: str, **attributes: str) -> str:
    """A queue that is subscribed to `topic` with the attributes that somebody else's subscription has."""
    sqs = cloud.client("sqs")
    url = str(sqs.create_queue(QueueName=name)["QueueUrl"])
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allow = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{**allow, "Resource": arn}]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)
    return url


def received(cloud: EmbeddedCloud, url: str) -> list[dict[str, Any]]:
    """The messages that are there: the emulator delivers within the call that publishes."""
    found = cloud.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in found]


def raise_alarm(cloud: EmbeddedCloud, name: str, topic: str) -> None:
    cloudwatch = cloud.client("cloudwatch")
    cloudwatch.put_metric_alarm(AlarmName=name, AlarmActions=[topic], **ALARM)
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="by the test")


def build_alerting(scope: Construct) -> None:
    from aws_cdk import RemovalPolicy

    Alerting(
        scope,
        "Alerting",
        physical_name=lambda name: f"demo-{name}",
        recipients=("person@example.com",),
        encryption_key=EncryptionKey(
            scope, "Key", key_alias="demo", description="demo", removal_policy=RemovalPolicy.DESTROY
        ),
        channels=AlertChannels(pagerduty_secret="pagerduty"),  # noqa: S106 - a name
    )


def test_an_alarm_reaches_whoever_is_subscribed_as_people_are(cloud: EmbeddedCloud) -> None:
    cloud.client("secretsmanager").create_secret(Name="pagerduty", SecretString="https://localhost/alert")
    resources = template_of(build_alerting)
    put(cloud, "alerting", resources)
    attributes = [
        {name: json.dumps(properties[name]) for name in ("FilterPolicy",) if name in properties}
        for resource in resources.values()
        if resource["Type"] == "AWS::SNS::Subscription" and (properties := resource["Properties"])
    ]
    assert len(attributes) == 3, "two addresses and PagerDuty"
    topic = f"arn:aws:sns:{ENV.region}:{cloud.account}:demo-alerts-critical"
    queues = [subscriber(cloud, f"people-{index}", topic, **one) for index, one in enumerate(attributes)]

    raise_alarm(cloud, "reaches-people", topic)

    for queue in queues:
        (message,) = received(cloud, queue)
        assert json.loads(message["Message"])["AlarmName"] == "reaches-people"
        assert "MessageAttributes" not in message
