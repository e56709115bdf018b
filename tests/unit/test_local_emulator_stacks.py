"""The mends of CloudFormation at work: a real emulator, small templates, no CDK. One test for each deviation."""

from __future__ import annotations

import json
import string
import time
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from local.cloud import EmbeddedCloud
from local.result import recorded_types
from tests.support.embedded import execution_role, function, put, settled, started

pytestmark = [pytest.mark.xdist_group("emulator")]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    with started(tmp_path_factory.mktemp("cloud")) as cloud:
        yield cloud


def test_it_listens_on_loopback_only(cloud: EmbeddedCloud) -> None:
    process = cloud._emulator()
    assert process is not None
    assert {c.laddr.ip for c in process.net_connections() if c.status == psutil.CONN_LISTEN} == {"127.0.0.1"}


def test_recorded_types(cloud: EmbeddedCloud) -> None:
    vpc = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.1.0.0/16"}}
    resources = {
        "Vpc": vpc,
        "Address": {"Type": "AWS::EC2::EIP"},
        "Nat": {
            "Type": "AWS::EC2::NatGateway",
            "Properties": {"AllocationId": {"Fn::GetAtt": ["Address", "AllocationId"]}},
        },
        "Application": {"Type": "AWS::CodeDeploy::Application"},
    }

    outputs = put(
        cloud, "recorded", resources, outputs={"Nat": {"Ref": "Nat"}, "Cidr": {"Fn::GetAtt": ["Vpc", "CidrBlock"]}}
    )

    assert outputs["Nat"].startswith("nat-")
    assert outputs["Cidr"] == "10.1.0.0/16"
    recorded = recorded_types(cloud)
    assert (
        recorded.items() >= {"AWS::EC2::EIP": 1, "AWS::EC2::NatGateway": 1, "AWS::CodeDeploy::Application": 1}.items()
    )
    assert "AWS::EC2::VPC" not in recorded


def test_a_type_that_is_not_awss_is_still_refused(cloud: EmbeddedCloud) -> None:
    with pytest.raises(Exception, match="Unrecognized resource types"):
        put(cloud, "refused", {"Skill": {"Type": "Alexa::ASK::Skill"}})


def test_tags_of_a_bucket(cloud: EmbeddedCloud) -> None:
    def bucket(value: str) -> dict[str, Any]:
        return {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"Tags": [{"Key": "k", "Value": value}]}}}

    for value in ("one", "two"):
        name = put(cloud, "tags", bucket(value), outputs={"Name": {"Ref": "Bucket"}})["Name"]
        tags = cloud.client("s3").get_bucket_tagging(Bucket=name)["TagSet"]
        assert {"Key": "k", "Value": value} in tags


def test_alarms_on_metric_math(cloud: EmbeddedCloud) -> None:
    alarm = {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": "rate",
            "ComparisonOperator": "GreaterThanThreshold",
            "EvaluationPeriods": 1,
            "Threshold": 5,
            "Metrics": [{"Id": "e", "Expression": "100 * a / b"}],
        },
    }

    put(cloud, "alarm", {"Alarm": alarm})

    (described,) = cloud.client("cloudwatch").describe_alarms(AlarmNames=["rate"])["MetricAlarms"]
    assert described["StateValue"] == "INSUFFICIENT_DATA"
    assert recorded_types(cloud)["AWS::CloudWatch::Alarm (metric math)"] == 1


def test_generated_secrets_and_their_reference(cloud: EmbeddedCloud) -> None:
    def secret(description: str) -> dict[str, Any]:
        generated = {"ExcludePunctuation": True, "PasswordLength": 50}
        return {
            "Key": {
                "Type": "AWS::SecretsManager::Secret",
                "Properties": {"Name": "key", "Description": description, "GenerateSecretString": generated},
            },
            "Copy": {
                "Type": "AWS::SSM::Parameter",
                "Properties": {"Type": "String", "Value": {"Fn::Sub": "{{resolve:secretsmanager:${Key}}}"}},
            },
        }

    outputs = {"Arn": {"Ref": "Key"}, "Copy": {"Ref": "Copy"}}
    created = put(cloud, "secret", secret("one"), outputs=outputs)
    value = cloud.client("secretsmanager").get_secret_value(SecretId=created["Arn"])["SecretString"]
    updated = put(cloud, "secret", secret("two"), outputs=outputs)

    assert created["Arn"].startswith("arn:aws:secretsmanager:eu-central-1:000000000000:secret:key-")
    assert len(value) == 50
    assert value.isalnum()
    assert cloud.client("ssm").get_parameter(Name=created["Copy"])["Parameter"]["Value"] == value
    assert updated == created
    assert cloud.client("secretsmanager").get_secret_value(SecretId="key")["SecretString"] == value
    stacks = cloud.client("cloudformation")
    stack_id = stacks.describe_stacks(StackName="secret")["Stacks"][0]["StackId"]
    stacks.delete_stack(StackName="secret")
    assert settled(stacks, stack_id)["StackStatus"] == "DELETE_COMPLETE"
    assert cloud.client("secretsmanager").list_secrets()["SecretList"] == []


def log_policy(group: str) -> dict[str, Any]:
    """What lets EventBridge write to the log group."""
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": f"arn:aws:logs:eu-central-1:000000000000:log-group:{group}:*",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    properties = {"PolicyName": group.replace("/", "-"), "PolicyDocument": document}
    return {"Type": "AWS::Logs::ResourcePolicy", "Properties": properties}


def test_events_to_a_log_group(cloud: EmbeddedCloud) -> None:
    resources = {
        "Policy": log_policy("/aws/events/all"),
        "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "bus"}},
        "Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/aws/events/all"}},
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "EventBusName": {"Ref": "Bus"},
                "EventPattern": {"source": ["test"]},
                "Targets": [{"Id": "log", "Arn": {"Fn::GetAtt": ["Log", "Arn"]}}],
            },
        },
    }
    put(cloud, "events", resources)

    for number in range(2):
        entry = {"EventBusName": "bus", "Source": "test", "DetailType": "t", "Detail": json.dumps({"number": number})}
        cloud.client("events").put_events(Entries=[entry])

    events = cloud.client("logs").filter_log_events(logGroupName="/aws/events/all")["events"]
    assert [json.loads(event["message"])["detail"] for event in events] == [{"number": 0}, {"number": 1}]


def test_records_in_a_zone_that_was_made_elsewhere(cloud: EmbeddedCloud) -> None:
    record = {
        "Type": "AWS::Route53::RecordSet",
        "Properties": {
            "HostedZoneId": "Z0123456789DEV",
            "Name": "api.dev.acinaces.com",
            "Type": "A",
            "TTL": "60",
            "ResourceRecords": ["192.0.2.1"],
        },
    }

    put(cloud, "records", {"Record": record})

    found = cloud.client("route53").list_resource_record_sets(HostedZoneId="Z0123456789DEV")["ResourceRecordSets"]
    assert "api.dev.acinaces.com." in {each["Name"] for each in found}


def test_outputs_of_a_stack_in_another_region(cloud: EmbeddedCloud) -> None:
    topic = {"Type": "AWS::SNS::Topic"}
    arn = put(cloud, "producer", {"Topic": topic}, outputs={"Arn": {"Ref": "Topic"}}, region="us-east-1")["Arn"]
    reference = {"Fn::GetStackOutput": {"StackName": "producer", "OutputName": "Arn", "Region": "us-east-1"}}
    parameter = {
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Type": "String", "Value": {"Fn::Join": ["", ["<", reference, ">"]]}},
    }

    outputs = put(
        cloud, "consumer", {"Parameter": parameter}, outputs={"Name": {"Ref": "Parameter"}, "Direct": reference}
    )

    assert cloud.client("ssm").get_parameter(Name=outputs["Name"])["Parameter"]["Value"] == f"<{arn}>"
    assert outputs["Direct"] == arn


def test_an_update_tells_only_of_what_it_changes(cloud: EmbeddedCloud) -> None:
    def topics(name: str) -> dict[str, Any]:
        return {
            "Same": {"Type": "AWS::SNS::Topic"},
            "Changed": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": name}},
            "After": {"Type": "AWS::SNS::Topic", "DependsOn": "Changed"},
        }

    put(cloud, "events-of-change", topics("one"))
    put(cloud, "events-of-change", topics("two"))

    events = cloud.client("cloudformation").describe_stack_events(StackName="events-of-change")["StackEvents"]
    updated = [event for event in events if event["ResourceStatus"].startswith("UPDATE")]
    assert [(event["LogicalResourceId"], event["ResourceStatus"]) for event in reversed(updated)] == [
        ("events-of-change", "UPDATE_IN_PROGRESS"),
        ("Changed", "UPDATE_IN_PROGRESS"),
        ("Changed", "UPDATE_COMPLETE"),
        ("events-of-change", "UPDATE_COMPLETE"),
    ]


def test_a_nested_stack_keeps_the_attributes_of_what_is_unchanged(cloud: EmbeddedCloud) -> None:
    def nested(name: str) -> dict[str, Any]:
        child = {
            "Resources": {
                "Topic": {"Type": "AWS::SNS::Topic"},
                "Parameter": {
                    "Type": "AWS::SSM::Parameter",
                    "Properties": {
                        "Type": "String",
                        "Value": {"Fn::Sub": f"{name} ${{Topic.TopicName}}"},
                    },
                },
            },
            "Outputs": {"Topic": {"Value": {"Fn::GetAtt": ["Topic", "TopicName"]}}},
        }
        cloud.client("s3").put_object(Bucket="templates", Key=f"{name}.json", Body=json.dumps(child).encode())
        url = f"https://s3.eu-central-1.amazonaws.com/templates/{name}.json"
        return {"Child": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}}

    location: Any = {"LocationConstraint": "eu-central-1"}
    cloud.client("s3").create_bucket(Bucket="templates", CreateBucketConfiguration=location)
    outputs = {"Topic": {"Fn::GetAtt": ["Child", "Outputs.Topic"]}}
    created = put(cloud, "parent", nested("one"), outputs=outputs)

    assert put(cloud, "parent", nested("two"), outputs=outputs) == created


ROTATION = """
import json, boto3
def handler(event, context):
    client = boto3.client("secretsmanager")
    secret, token = event["SecretId"], event["ClientRequestToken"]
    if event["Step"] == "createSecret":
        assert client.describe_secret(SecretId=secret)["VersionIdsToStages"][token] == ["AWSPENDING"]
        stages = {"VersionStages": ["AWSPENDING"]}
        client.put_secret_value(SecretId=secret, ClientRequestToken=token, SecretString="new", **stages)
    if event["Step"] == "finishSecret":
        stages = client.describe_secret(SecretId=secret)["VersionIdsToStages"]
        (current,) = (version for version, own in stages.items() if "AWSCURRENT" in own)
        client.update_secret_version_stage(
            SecretId=secret, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current)
    return {}
"""


def test_a_rotation_is_carried_out_by_its_function(cloud: EmbeddedCloud) -> None:
    arn = cloud.client("lambda").create_function(
        FunctionName="rotates",
        Runtime="python3.11",
        Role=execution_role(cloud, "secretsmanager:*"),
        Handler="m.handler",
        Code={"ZipFile": function(ROTATION)},
    )["FunctionArn"]
    cloud.client("lambda").add_permission(
        FunctionName="rotates",
        StatementId="rotation",
        Action="lambda:InvokeFunction",
        Principal="secretsmanager.amazonaws.com",
        SourceAccount="000000000000",
    )
    schedule = {
        "SecretId": {"Ref": "Secret"},
        "RotationLambdaARN": arn,
        "RotateImmediatelyOnUpdate": False,
        "RotationRules": {"AutomaticallyAfterDays": 30},
    }
    secret = put(
        cloud,
        "rotation",
        {
            "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "rotated", "SecretString": "old"}},
            "Rotation": {"Type": "AWS::SecretsManager::RotationSchedule", "Properties": schedule},
        },
        outputs={"Arn": {"Ref": "Secret"}},
    )["Arn"]
    client = cloud.client("secretsmanager")
    described = client.describe_secret(SecretId=secret)
    assert (described["RotationEnabled"], described["RotationRules"]) == (True, {"AutomaticallyAfterDays": 30})
    assert client.get_secret_value(SecretId=secret)["SecretString"] == "old"
    assert "AWS::SecretsManager::RotationSchedule" not in recorded_types(cloud)

    version = client.rotate_secret(SecretId=secret)["VersionId"]

    deadline = time.monotonic() + 30
    while client.get_secret_value(SecretId=secret)["VersionId"] != version:
        assert time.monotonic() < deadline
    assert client.get_secret_value(SecretId=secret)["SecretString"] == "new"
    assert client.get_secret_value(SecretId=secret, VersionStage="AWSPREVIOUS")["SecretString"] == "old"


def test_a_stacks_status_is_an_event(cloud: EmbeddedCloud) -> None:
    listening = {
        "Policy": log_policy("/aws/events/stacks"),
        "Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/aws/events/stacks"}},
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "EventPattern": {
                    "source": ["aws.cloudformation"],
                    "detail-type": ["CloudFormation Stack Status Change"],
                    "detail": {
                        "stack-id": [{"prefix": "arn:aws:cloudformation:eu-central-1:000000000000:stack/told/"}],
                        "status-details": {"status": ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_IN_PROGRESS"]},
                    },
                },
                "Targets": [{"Id": "log", "Arn": {"Fn::GetAtt": ["Log", "Arn"]}}],
            },
        },
    }
    put(cloud, "listening", listening)

    for name in ("one", "two"):
        put(cloud, "told", {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": name}}})

    events = cloud.client("logs").filter_log_events(logGroupName="/aws/events/stacks")["events"]
    details = [json.loads(event["message"])["detail"] for event in events]
    assert [detail["status-details"]["status"] for detail in details] == [
        "CREATE_COMPLETE",
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE",
    ]


def secret(**settings: Any) -> dict[str, Any]:
    return {"Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"GenerateSecretString": settings}}}


def test_a_generated_password_follows_all_settings(cloud: EmbeddedCloud) -> None:
    resources = secret(
        ExcludePunctuation="true",
        ExcludeCharacters="0123456789",
        PasswordLength="200",
        SecretStringTemplate='{"apiKey": "PLACEHOLDER"}',
        GenerateStringKey="unused",
    )
    arn = put(cloud, "generated", resources, outputs={"Arn": {"Ref": "Secret"}})["Arn"]

    value = json.loads(cloud.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])

    assert value["apiKey"] == "PLACEHOLDER"
    assert len(value["unused"]) == 200
    assert set(value["unused"]) <= set(string.ascii_letters)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"PasswordLength": 0}, "PasswordLength must be between"),
        ({"SecretStringTemplate": "[1]", "GenerateStringKey": "a"}, "must be a JSON object"),
        ({"SecretStringTemplate": "{", "GenerateStringKey": "a"}, "Expecting property name"),
    ],
    ids=["length", "no object", "no JSON"],
)
def test_settings_that_secrets_manager_refuses_fail_the_resource(
    cloud: EmbeddedCloud, settings: dict[str, Any], reason: str, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(AssertionError, match=reason):
        put(cloud, f"refused-{request.node.callspec.id.replace(' ', '-')}", secret(**settings))
