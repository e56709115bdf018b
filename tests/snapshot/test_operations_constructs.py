"""Constructs of operations: schedules, alarms, the rollback, the dashboard."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm
from syrupy.assertion import SnapshotAssertion

from constructs import Construct
from constructs.journal_table import JournalTable
from constructs.operations_alarms import OperationsAlarms
from constructs.operations_dashboard import ApiNames, OperationsDashboard, WebAclNames
from constructs.rollback_alarm import RollbackAlarm
from constructs.rollback_definition import RollbackTargets, rollback_definition
from constructs.rollback_workflow import RollbackScope, RollbackWorkflow
from constructs.scheduled_verification import Schedule, ScheduledVerification
from constructs.verification_access import VerificationAccess
from constructs.verification_alarms import VerificationAlarms
from constructs.versioned_function import FunctionPlatform
from tests.snapshot.test_release_constructs import GO, alarms, alerting, physical_name, state_machine
from tests.support.snapshots import log_key, template_of

SCHEDULES = [
    Schedule(name="health", groups=("api", "data"), every=Duration.minutes(1), deadline_s=45, enabled=True),
    Schedule(name="restore", groups=("recovery",), every=Duration.days(7), deadline_s=240, enabled=False),
]
LAYER_ARN = "arn:aws:lambda:eu-central-1:123456789012:layer:demo:1"
KEY_ARN = "arn:aws:kms:eu-central-1:123456789012:key/demo"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "code.py").write_text("", encoding="utf-8")
    return tmp_path


def platform(scope: Construct) -> FunctionPlatform:
    return FunctionPlatform(
        runtime=lambda_.Runtime.PYTHON_3_13,
        architecture=lambda_.Architecture.ARM_64,
        layers=[lambda_.LayerVersion.from_layer_version_arn(scope, "Layer", LAYER_ARN)],
        memory_mb=512,
        log_retention=logs.RetentionDays.ONE_MONTH,
        log_key=log_key(scope),
        removal_policy=GO,
    )


def test_scheduled_verification(snapshot: SnapshotAssertion, package: Path) -> None:
    def build(scope: Construct) -> None:
        verification = ScheduledVerification(
            scope,
            "Verification",
            function_name="demo-scheduled-verification",
            package=package,
            platform=platform(scope),
            environment={"ENVIRONMENT": "demo"},
            schedules=SCHEDULES,
            schedule_group="demo-verification",
            emergency_stop=ssm.StringParameter(scope, "Stop", parameter_name="/demo/stop", string_value="off"),
            undelivered=sqs.Queue.from_queue_arn(scope, "Queue", "arn:aws:sqs:eu-central-1:123456789012:demo"),
        )
        verification.look_on_change(SCHEDULES[0])

    assert template_of(build) == snapshot


def test_verification_access(snapshot: SnapshotAssertion) -> None:
    def build(scope: Construct) -> None:
        key = kms.Key.from_key_arn(scope, "Key", KEY_ARN)
        bucket = s3.Bucket.from_bucket_name(scope, "Bucket", "demo-reports")
        secret = secretsmanager.Secret.from_secret_complete_arn(
            scope, "Secret", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:demo-AbCdEf"
        )
        access = VerificationAccess(iam.Role(scope, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")))
        access.plan_and_reports(bucket=bucket, key=key, plan_key="releases/plan.json", prefix="continuous/")
        access.api(key=secret, api_id="demo", stage="live")
        access.own_rows(tables=[dynamodb.Table.from_table_name(scope, "Table", "demo-orders")], key=key)
        access.site(distribution_id="DEMO", buckets=[bucket])
        access.names(zone_id="ZDEMO", api_domain="api.example.com", certificates=["arn:aws:acm:::certificate/demo"])
        access.network()
        access.signals(
            functions="demo-*", logged=["demo-orders"], access_log="/aws/apigateway/demo", dashboards=["demo"]
        )
        access.backups(vault="arn:aws:backup:eu-central-1:123456789012:backup-vault:demo", tables="demo-*")

    assert template_of(build) == snapshot


def test_verification_alarms(snapshot: SnapshotAssertion) -> None:
    def build(scope: Construct) -> None:
        VerificationAlarms(
            scope,
            "Alarms",
            physical_name=physical_name,
            environment_name="demo",
            schedules=SCHEDULES,
            alerting=alerting(scope),
        )

    assert alarms(template_of(build)) == snapshot


def imported(scope: Construct, names: Sequence[str]) -> list[cloudwatch.IAlarm]:
    return [
        cloudwatch.Alarm.from_alarm_arn(scope, name, f"arn:aws:cloudwatch:eu-central-1:123456789012:alarm:{name}")
        for name in names
    ]


def test_rollback_alarm(snapshot: SnapshotAssertion) -> None:
    def build(scope: Construct) -> None:
        triggers = imported(scope, ("health", "emergency-stop"))
        RollbackAlarm(scope, "Rollback", name="demo-rollback", triggers=triggers, alerting=alerting(scope))

    template = template_of(build)
    assert {name: item for name, item in template.items() if "CompositeAlarm" in item["Type"]} == snapshot


def test_rollback_workflow(snapshot: SnapshotAssertion, package: Path) -> None:
    def build(scope: Construct) -> None:
        workflow = RollbackWorkflow(
            scope,
            "Rollback",
            name="demo-rollback",
            package=package,
            platform=platform(scope),
            rollback=RollbackScope(
                environment="demo",
                release_stack="Demo-Release",
                functions=["demo-templates", "demo-orders"],
                hold_parameter="/acinaces/demo/hold",
                journal=JournalTable(
                    scope,
                    "Journal",
                    name="demo-journal",
                    encryption_key=kms.Key.from_key_arn(scope, "JournalKey", KEY_ARN),
                    removal_policy=RemovalPolicy.RETAIN,
                ),
                site_bucket=s3.Bucket.from_bucket_name(scope, "Site", "demo-site"),
                distribution_id="E1",
            ),
            reports=s3.Bucket.from_bucket_name(scope, "Bucket", "demo-reports"),
            topic=sns.Topic.from_topic_arn(scope, "Topic", "arn:aws:sns:eu-central-1:123456789012:demo"),
            encryption_key=kms.Key.from_key_arn(scope, "Key", KEY_ARN),
        )
        alarm = cloudwatch.CompositeAlarm(scope, "Alarm", alarm_rule=cloudwatch.AlarmRule.from_boolean(False))
        queue = sqs.Queue.from_queue_arn(scope, "Queue", "arn:aws:sqs:eu-central-1:123456789012:demo")
        workflow.start_on(alarm, enabled=True, undelivered=queue)

    template = template_of(build)
    (machine,) = (item for item in template.values() if item["Type"] == "AWS::StepFunctions::StateMachine")
    # Reviewed below, where a person can read it.
    machine["Properties"]["DefinitionString"] = "<definition>"
    assert template == snapshot


def test_rollback_definition(snapshot: SnapshotAssertion) -> None:
    definition = rollback_definition(
        RollbackTargets(
            partition="aws",
            environment="demo",
            worker="demo-rollback-worker:live",
            stack="Demo-Release",
            journal="demo-journal",
            site_bucket="demo-site",
            distribution="E1",
            hold_parameter="/acinaces/demo/hold",
            bucket="demo-reports",
            prefix="rollbacks/",
            topic="demo-topic",
            timeout_s=3600,
        )
    )
    assert definition == snapshot


def test_operations_alarms(snapshot: SnapshotAssertion) -> None:
    def build(scope: Construct) -> None:
        OperationsAlarms(
            scope,
            "Alarms",
            physical_name=physical_name,
            rollback=state_machine(scope),
            undelivered=sqs.Queue.from_queue_arn(scope, "Queue", "arn:aws:sqs:eu-central-1:123456789012:demo"),
            alerting=alerting(scope),
        )

    assert alarms(template_of(build)) == snapshot


def test_operations_dashboard(snapshot: SnapshotAssertion) -> None:
    def build(scope: Construct) -> None:
        OperationsDashboard(
            scope,
            "Dashboard",
            name="demo-operations",
            environment_name="demo",
            api=ApiNames(name="demo-api", stage="live"),
            schedules=SCHEDULES,
            rollback=state_machine(scope),
            web_acls=WebAclNames(api="demo-api", api_region="eu-central-1", site="demo-site", site_region="us-east-1"),
            alarms=imported(scope, ("rollback",)),
        )

    template = template_of(build)
    dashboards = {name: value for name, value in template.items() if value["Type"] == "AWS::CloudWatch::Dashboard"}
    assert dashboards == snapshot
