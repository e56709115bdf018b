"""The mends of alarms at work: composite alarms from templates, and an event for every change of state."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from local.cloud import EmbeddedCloud
from tests.support.embedded import execution_role, function, put, started

pytestmark = [pytest.mark.xdist_group("emulator")]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    with started(tmp_path_factory.mktemp("cloud")) as cloud:
        yield cloud


def alarm(name: str, *, namespace: str = "Demo") -> dict[str, Any]:
    properties = {
        "AlarmName": name,
        "Namespace": namespace,
        "MetricName": "Failure",
        "Statistic": "Maximum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
    }
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}


def composite(name: str, *children: str) -> dict[str, Any]:
    rule = " OR ".join(f'ALARM("{child}")' for child in children)
    return {
        "Type": "AWS::CloudWatch::CompositeAlarm",
        "DependsOn": ["One", "Two"],
        "Properties": {"AlarmName": name, "AlarmRule": rule},
    }


def state(cloud: EmbeddedCloud, name: str) -> str | None:
    answer = cloud.client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["CompositeAlarm"])
    return next((str(item["StateValue"]) for item in answer["CompositeAlarms"]), None)


def test_a_composite_alarm_follows_its_children_and_tells_the_bus(cloud: EmbeddedCloud) -> None:
    children = {"One": alarm("one"), "Two": alarm("two")}
    rule = {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "EventPattern": {
                "source": ["aws.cloudwatch"],
                "detail-type": ["CloudWatch Alarm State Change"],
                "resources": [{"Fn::GetAtt": ["Both", "Arn"]}],
                "detail": {"state": {"value": ["ALARM"]}},
            },
            "Targets": [{"Id": "Queue", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}],
        },
    }
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "alarms"}}
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": {"Fn::GetAtt": ["Queue", "Arn"]},
    }
    document = {"Version": "2012-10-17", "Statement": [allow]}
    policy = {"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": [{"Ref": "Queue"}], "PolicyDocument": document}}
    url = put(
        cloud,
        "alarms",
        {**children, "Both": composite("both", "one", "two"), "Queue": queue, "Policy": policy, "Rule": rule},
        outputs={"Url": {"Ref": "Queue"}, "Arn": {"Fn::GetAtt": ["Both", "Arn"]}},
    )
    assert url["Arn"].endswith(":alarm:both")

    cloud.client("cloudwatch").set_alarm_state(AlarmName="two", StateValue="ALARM", StateReason="told so")

    assert state(cloud, "both") == "ALARM"
    (event,) = received(cloud, url["Url"])
    assert event["resources"] == [url["Arn"]]
    assert event["detail"]["alarmName"] == "both"
    assert event["detail"]["state"]["value"] == "ALARM"
    assert event["detail"]["previousState"]["value"] != "ALARM"


def test_what_a_function_writes_in_the_embedded_metric_format_raises_an_alarm(cloud: EmbeddedCloud) -> None:
    written = {
        "_aws": {
            "Timestamp": 1,
            "CloudWatchMetrics": [{"Namespace": "Written", "Dimensions": [[]], "Metrics": [{"Name": "Failure"}]}],
        },
        "Failure": 1,
    }
    code = f"def handler(event, context):\n    print({json.dumps(json.dumps(written))})\n"
    put(cloud, "written", {"One": alarm("written", namespace="Written")})
    cloud.client("lambda").create_function(
        FunctionName="writer",
        Runtime="python3.11",
        Handler="m.handler",
        Role=execution_role(cloud),
        Code={"ZipFile": function(code)},
    )
    (before,) = cloud.client("cloudwatch").describe_alarms(AlarmNames=["written"])["MetricAlarms"]
    assert before["StateValue"] == "OK"

    answer = cloud.client("lambda").invoke(FunctionName="writer")

    assert "FunctionError" not in answer, answer["Payload"].read()
    (found,) = cloud.client("cloudwatch").describe_alarms(AlarmNames=["written"])["MetricAlarms"]
    assert found["StateValue"] == "ALARM"


def test_an_updated_rule_counts_and_a_deleted_alarm_is_gone(cloud: EmbeddedCloud) -> None:
    children = {"One": alarm("first"), "Two": alarm("second")}
    put(cloud, "updated", {**children, "Both": composite("either", "first")})
    cloud.client("cloudwatch").set_alarm_state(AlarmName="second", StateValue="ALARM", StateReason="told so")
    assert state(cloud, "either") == "OK"

    put(cloud, "updated", {**children, "Both": composite("either", "first", "second")})
    assert state(cloud, "either") == "ALARM"

    put(cloud, "updated", children)
    assert state(cloud, "either") is None


def test_a_composite_alarm_without_its_children_is_refused(cloud: EmbeddedCloud) -> None:
    children = {"One": alarm("present"), "Two": alarm("other")}
    with pytest.raises(AssertionError, match="do not exist"):
        put(cloud, "refused", {**children, "Both": composite("orphan", "absent")})


def received(cloud: EmbeddedCloud, url: str) -> list[Any]:
    """The messages of the queue, once there are any."""
    client = cloud.client("sqs")
    ends_at = time.monotonic() + 15
    while time.monotonic() < ends_at:
        messages = client.receive_message(QueueUrl=url, WaitTimeSeconds=1, MaxNumberOfMessages=10).get("Messages", [])
        if messages:
            return [json.loads(message["Body"]) for message in messages]
    raise AssertionError("no message within 15 s")
