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
        channels=AlertChannels(pagerduty_secret="pagerduty"),
    )


def test_an_alarm_reaches_whoever_is_subscribed_as_people_are(cloud: EmbeddedCloud) -> None:
    cloud.client("secretsmanager").create_secret(Name="pagerduty", SecretString="https://localhost/alert")
    # The stack of snapshots is in an account of its own.
    resources = json.loads(json.dumps(template_of(build_alerting)).replace(str(ENV.account), cloud.account))
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


@pytest.mark.parametrize(
    ("filter_policy", "scope", "arrives"),
    [
        ({"testAlert": [{"exists": False}]}, "MessageAttributes", False),
        ({"AlarmName": [{"anything-but": "another"}]}, "MessageBody", True),
        ({"AlarmName": ["another"]}, "MessageBody", False),
        ({"NewStateValue": [{"prefix": "AL"}], "AlarmName": [{"exists": True}]}, "MessageBody", True),
    ],
)
def test_filters_match_an_alarms_message_as_sns_does(
    cloud: EmbeddedCloud, filter_policy: dict[str, Any], scope: str, arrives: bool
) -> None:
    name = f"filtered-{abs(hash(json.dumps(filter_policy)))}"
    topic = str(cloud.client("sns").create_topic(Name=name)["TopicArn"])
    queue = subscriber(cloud, name, topic, FilterPolicy=json.dumps(filter_policy), FilterPolicyScope=scope)

    raise_alarm(cloud, name, topic)

    assert bool(received(cloud, queue)) is arrives


def test_a_message_with_another_attribute_passes_a_filter_for_an_absent_one(cloud: EmbeddedCloud) -> None:
    topic = str(cloud.client("sns").create_topic(Name="attributes")["TopicArn"])
    queue = subscriber(cloud, "attributes", topic, FilterPolicy='{"testAlert": [{"exists": false}]}')
    cloud.client("sns").publish(TopicArn=topic, Message="without")
    attributes = {"other": {"DataType": "String", "StringValue": "x"}}
    cloud.client("sns").publish(TopicArn=topic, Message="with", MessageAttributes=attributes)

    assert [message["Message"] for message in received(cloud, queue)] == ["with"]


def encrypted_topic(cloud: EmbeddedCloud, name: str, *, in_key: bool, in_topic: bool) -> str:
    """A topic with a key of its own; whether each of their policies names CloudWatch."""
    allow = {"Effect": "Allow", "Principal": CLOUDWATCH, "Resource": "*"}
    use = {**allow, "Action": ["kms:Decrypt", "kms:GenerateDataKey*"]}
    own = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{cloud.account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [own, *([use] if in_key else [])]})
    key = cloud.client("kms").create_key(Policy=policy)["KeyMetadata"]["KeyId"]
    other = {**allow, "Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish"}
    publish = {**allow, "Action": "sns:Publish"} if in_topic else other
    statements = json.dumps({"Version": "2012-10-17", "Statement": [publish]})
    attributes = {"KmsMasterKeyId": key, "Policy": statements}
    return str(cloud.client("sns").create_topic(Name=name, Attributes=attributes)["TopicArn"])


@pytest.mark.parametrize(
    ("in_key", "in_topic", "error"),
    [
        (True, True, ""),
        (False, True, "does not have authorization to access the SNS topic encryption key"),
        (True, False, "is not authorized to perform: SNS:Publish"),
    ],
)
def test_an_alarm_needs_the_policies_of_topic_and_key(
    cloud: EmbeddedCloud, in_key: bool, in_topic: bool, error: str
) -> None:
    name = f"encrypted-{in_key}-{in_topic}"
    topic = encrypted_topic(cloud, name, in_key=in_key, in_topic=in_topic)
    queue = subscriber(cloud, name, topic)

    raise_alarm(cloud, name, topic)

    history = cloud.client("cloudwatch").describe_alarm_history(AlarmName=name, HistoryItemType="Action")
    failed = [item["HistorySummary"] for item in history["AlarmHistoryItems"] if "Failed" in item["HistorySummary"]]
    assert bool(received(cloud, queue)) is not bool(error)
    assert [error in summary for summary in failed] == ([True] if error else [])


@pytest.mark.parametrize("lets", [True, False])
def test_a_rule_needs_the_queues_policy(cloud: EmbeddedCloud, lets: bool) -> None:
    sqs, events, name = cloud.client("sqs"), cloud.client("events"), f"from-events-{lets}"
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = f"arn:aws:sqs:{cloud.region}:{cloud.account}:{name}"
    service = "events.amazonaws.com" if lets else "sns.amazonaws.com"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": f"arn:aws:events:{cloud.region}:{cloud.account}:rule/{name}"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])

    events.put_events(Entries=[{"Source": name, "DetailType": "t", "Detail": "{}"}])

    found = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=2 if lets else 0).get("Messages", [])
    assert len(found) == int(lets)
