"""What the embedded cloud refuses of what holds state, and of what has a name, as AWS does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud import EmbeddedCloud
from tests.support.embedded import put, settled, started

pytestmark = [pytest.mark.xdist_group("emulator")]
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
ADMIN = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "kms:*", "Resource": "*"}
WAF = {"CloudWatchMetricsEnabled": True, "MetricName": "m", "SampledRequestsEnabled": True}
PASS = '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}'
# Refers to a parameter that does not exist: fails after everything that it depends on.
BROKEN = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "{{resolve:ssm:/not-there}}"}}


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def table(name: str, *, protected: bool = False) -> dict[str, Any]:
    return resource(
        "DynamoDB::Table",
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        DeletionProtectionEnabled=protected,
    )


NAMED = {
    "table": table("taken-table"),
    "log group": resource("Logs::LogGroup", LogGroupName="taken-log"),
    "role": resource("IAM::Role", RoleName="taken-role", AssumeRolePolicyDocument=TRUST),
    "topic": resource("SNS::Topic", TopicName="taken-topic"),
    "queue": resource("SQS::Queue", QueueName="taken-queue"),
    "schedule group": resource("Scheduler::ScheduleGroup", Name="taken-group"),
    "dashboard": resource("CloudWatch::Dashboard", DashboardName="taken-board", DashboardBody='{"widgets":[]}'),
    "secret": resource("SecretsManager::Secret", Name="taken-secret", SecretString="x"),
    "rule": resource("Events::Rule", Name="taken-rule", ScheduleExpression="rate(1 day)"),
    "web ACL": resource(
        "WAFv2::WebACL", Name="taken-acl", Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=WAF
    ),
    "vault": resource("Backup::BackupVault", BackupVaultName="taken-vault"),
    "alias": resource("KMS::Alias", AliasName="alias/taken", TargetKeyId={"Ref": "Key"}),
    "state machine": resource(
        "StepFunctions::StateMachine",
        StateMachineName="taken-machine",
        RoleArn={"Fn::GetAtt": ["Role", "Arn"]},
        DefinitionString=PASS,
    ),
    "function": resource(
        "Lambda::Function",
        FunctionName="taken-function",
        Role={"Fn::GetAtt": ["Role", "Arn"]},
        Handler="index.handler",
        Runtime="python3.11",
        Code={"ZipFile": "def handler(event, context): pass"},
    ),
}
# What the rows above refer to.
AROUND = {
    "Key": resource("KMS::Key", KeyPolicy={"Version": "2012-10-17", "Statement": [ADMIN]}),
    "Role": resource("IAM::Role", AssumeRolePolicyDocument=TRUST),
}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    with started(tmp_path_factory.mktemp("cloud")) as cloud:
        yield cloud


def attempt(cloud: EmbeddedCloud, name: str, resources: dict[str, Any]) -> tuple[str, str]:
    """Status of a new stack, and the reason of its first failure."""
    client = cloud.client("cloudformation")
    template = json.dumps({"Resources": resources})
    client.create_stack(StackName=name, TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"])
    return status(cloud, name)


def status(cloud: EmbeddedCloud, name: str) -> tuple[str, str]:
    client = cloud.client("cloudformation")
    found = settled(client, name)
    events = reversed(client.describe_stack_events(StackName=found["StackId"])["StackEvents"])
    reasons = [event["ResourceStatusReason"] for event in events if event["ResourceStatus"].endswith("_FAILED")]
    return found["StackStatus"], reasons[0] if reasons else ""


@pytest.mark.parametrize("kind", NAMED)
def test_a_name_that_another_stack_has_is_refused_and_left_alone(cloud: EmbeddedCloud, kind: str) -> None:
    name = kind.replace(" ", "-")
    put(cloud, f"{name}-first", {**AROUND, "It": NAMED[kind]})

    found, reason = attempt(cloud, f"{name}-second", {**AROUND, "It": NAMED[kind]})

    assert found == "ROLLBACK_COMPLETE"
    assert "already exists" in reason
    # The one who has the name still has it, and may change and go.
    put(cloud, f"{name}-first", {**AROUND, "It": NAMED[kind], "More": resource("SNS::Topic")})
    client = cloud.client("cloudformation")
    client.delete_stack(StackName=f"{name}-first")
    client.get_waiter("stack_delete_complete").wait(StackName=f"{name}-first", WaiterConfig={"Delay": 0.05})
    assert attempt(cloud, f"{name}-third", {**AROUND, "It": NAMED[kind]}) == ("CREATE_COMPLETE", "")


def test_a_name_is_refused_to_a_second_resource_of_the_stack_and_to_what_was_kept(cloud: EmbeddedCloud) -> None:
    kept = {**resource("Logs::LogGroup", LogGroupName="kept-log"), "DeletionPolicy": "Retain"}

    assert attempt(cloud, "twice", {"One": kept, "Two": kept})[0] == "ROLLBACK_COMPLETE"
    found, reason = attempt(cloud, "again", {"One": kept})

    assert found == "ROLLBACK_COMPLETE"
    assert "\"Resource of type 'AWS::Logs::LogGroup' with identifier" in reason
    assert 'already exists." (HandlerErrorCode: AlreadyExists)' in reason


def test_an_alarm_is_taken_over_from_outside_and_not_from_a_stack(cloud: EmbeddedCloud) -> None:
    alarm = resource(
        "CloudWatch::Alarm",
        AlarmName="alarm",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        MetricName="m",
        Namespace="n",
        Period=60,
        Statistic="Sum",
        Threshold=1,
    )
    cloud.client("cloudwatch").put_metric_alarm(**alarm["Properties"])

    assert attempt(cloud, "alarm-first", {"It": alarm}) == ("CREATE_COMPLETE", "")
    found, reason = attempt(cloud, "alarm-second", {"It": alarm})

    assert found == "ROLLBACK_COMPLETE"
    assert "alarm already exists in stack arn:aws:cloudformation:" in reason


def test_a_secret_that_is_scheduled_for_deletion_keeps_its_name(cloud: EmbeddedCloud) -> None:
    secrets = cloud.client("secretsmanager")
    secrets.create_secret(Name="scheduled", SecretString="x")
    secrets.delete_secret(SecretId="scheduled")

    secret = resource("SecretsManager::Secret", Name="scheduled", SecretString="x")
    found, reason = attempt(cloud, "scheduled", {"It": secret})

    assert found == "ROLLBACK_COMPLETE"
    assert "a secret with this name is already scheduled for deletion" in reason


def test_a_protected_table_holds_up_the_rollback_of_its_own_creation_and_the_deletion(cloud: EmbeddedCloud) -> None:
    resources = {
        "Table": {**table("protected", protected=True), "DeletionPolicy": "RetainExceptOnCreate"},
        "Broken": {**BROKEN, "DependsOn": ["Table"]},
    }
    found, _ = attempt(cloud, "protected", resources)
    events = cloud.client("cloudformation").describe_stack_events(StackName="protected")["StackEvents"]
    (reason,) = (event["ResourceStatusReason"] for event in events if event["ResourceStatus"] == "DELETE_FAILED")
    assert found == "ROLLBACK_FAILED"
    assert "currently protected against deletion. Disable deletion protection first." in reason

    put(cloud, "holder", {"Table": table("held", protected=True)})
    cloud.client("cloudformation").delete_stack(StackName="holder")
    assert status(cloud, "holder")[0] == "DELETE_FAILED"
    cloud.client("dynamodb").update_table(TableName="held", DeletionProtectionEnabled=False)
    cloud.client("cloudformation").delete_stack(StackName="holder")
    with pytest.raises(ClientError, match="does not exist"):
        settled(cloud.client("cloudformation"), "holder")


def test_a_bucket_with_something_in_it_is_not_deleted(cloud: EmbeddedCloud) -> None:
    put(cloud, "bucket", {"Bucket": resource("S3::Bucket", BucketName="with-something")})
    cloud.client("s3").put_object(Bucket="with-something", Key="k", Body=b"x")

    cloud.client("cloudformation").delete_stack(StackName="bucket")

    found, reason = status(cloud, "bucket")
    assert found == "DELETE_FAILED"
    assert "The bucket you tried to delete is not empty" in reason
    assert "BucketNotEmpty" in reason


def test_a_stack_with_termination_protection_stays(cloud: EmbeddedCloud) -> None:
    client = cloud.client("cloudformation")
    template = json.dumps({"Resources": {"Broken": BROKEN}})
    client.create_stack(StackName="kept", TemplateBody=template, EnableTerminationProtection=True)
    assert settled(client, "kept")["StackStatus"] == "ROLLBACK_COMPLETE"

    with pytest.raises(ClientError, match="cannot be deleted while TerminationProtection is enabled"):
        client.delete_stack(StackName="kept")


def test_a_log_group_needs_the_regional_logs_service_in_its_keys_policy(cloud: EmbeddedCloud) -> None:
    def key(*statements: dict[str, Any]) -> dict[str, Any]:
        return resource("KMS::Key", KeyPolicy={"Version": "2012-10-17", "Statement": [ADMIN, *statements]})

    def allow(service: str, group: str) -> dict[str, Any]:
        arn = f"arn:aws:logs:{cloud.region}:{cloud.account}:log-group:{group}"
        return {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": ["kms:Decrypt", "kms:Encrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
            "Resource": "*",
            "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": arn}},
        }

    regional = f"logs.{cloud.region}.amazonaws.com"
    group = resource("Logs::LogGroup", LogGroupName="mine", KmsKeyId={"Fn::GetAtt": ["Key", "Arn"]})
    for statements in ([], [allow("logs.amazonaws.com", "mine")], [allow(regional, "other")]):
        found, reason = attempt(cloud, f"log-{len(json.dumps(statements))}", {"Key": key(*statements), "Group": group})
        assert found == "ROLLBACK_COMPLETE"
        assert "The specified KMS key does not exist or is not allowed to be used with Arn 'arn:aws:logs:" in reason
    assert attempt(cloud, "log", {"Key": key(allow(regional, "mine")), "Group": group}) == ("CREATE_COMPLETE", "")

    alone = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
    with pytest.raises(ClientError, match="AccessDeniedException"):
        cloud.client("logs").create_log_group(logGroupName="by-call", kmsKeyId=alone)
