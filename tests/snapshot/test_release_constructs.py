"""Constructs of a release: workflow, bus, topics, alarms, dashboard, web ACL."""

from __future__ import annotations

from aws_cdk import RemovalPolicy
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from syrupy.assertion import SnapshotAssertion

from constructs import Construct
from constructs.activation_workflow import ActivationWorkflow
from constructs.alarm_thresholds import AlarmThresholds
from constructs.alert_channels import AlertChannels
from constructs.alerting import Alerting
from constructs.event_bus import PlatformBus
from constructs.function_alarms import FunctionAlarms
from constructs.platform_alarms import PlatformAlarms
from constructs.platform_dashboard import PlatformDashboard
from constructs.regional_web_acl import RegionalWebAcl
from constructs.web_acl import GuardedPath, WebAclLog
from tests.support.snapshots import log_key, template_of

THRESHOLDS = AlarmThresholds(error_rate_percent=5, p95_latency_ms=1000)
_DEFINITION = '{"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}'
GO = RemovalPolicy.DESTROY


def physical_name(name: str) -> str:
    return f"demo-{name}"


def alerting(scope: Construct, *, recipients: tuple[str, ...] = ()) -> Alerting:
    key = kms.Key(scope, "Key")
    return Alerting(scope, "Alerting", physical_name=physical_name, recipients=recipients, encryption_key=key)


def alias(scope: Construct) -> lambda_.Alias:
    function = lambda_.Function(
        scope,
        "Function",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("pass"),
    )
    return lambda_.Alias(scope, "Alias", alias_name="live", version=function.current_version)


def stage(scope: Construct) -> apigateway.Stage:
    api = apigateway.RestApi(scope, "Api", cloud_watch_role=False)
    api.root.add_method("GET")
    return api.deployment_stage


def state_machine(scope: Construct) -> sfn.StateMachine:
    return sfn.StateMachine(scope, "Machine", definition_body=sfn.DefinitionBody.from_string(_DEFINITION))


def test_event_bus(snapshot: SnapshotAssertion) -> None:
    def build(scope: Construct) -> None:
        PlatformBus(
            scope,
            "Bus",
            name="demo",
            log_retention=logs.RetentionDays.ONE_MONTH,
            log_key=log_key(scope),
            removal_policy=GO,
        )

    assert template_of(build) == snapshot


def test_activation_workflow(snapshot: SnapshotAssertion) -> None:
    def build(scope: Construct) -> None:
        ActivationWorkflow(
            scope,
            "Workflow",
            name="demo-strategy-activation",
            environment_name="demo",
            strategies=dynamodb.Table.from_table_name(scope, "Strategies", "demo-strategies"),
            audit=dynamodb.Table.from_table_name(scope, "Audit", "demo-audit"),
            bus=events.EventBus.from_event_bus_name(scope, "Bus", "demo"),
            log_retention=logs.RetentionDays.ONE_MONTH,
            log_key=log_key(scope),
            removal_policy=GO,
        )

    assert template_of(build) == snapshot


def test_alerting(snapshot: SnapshotAssertion) -> None:
    assert template_of(lambda scope: alerting(scope, recipients=("someone@example.com",))) == snapshot


def test_function_alarms(snapshot: SnapshotAssertion) -> None:
    def build(scope: Construct) -> None:
        FunctionAlarms(
            scope,
            "Alarms",
            alias=alias(scope),
            function_name="demo-templates",
            thresholds=THRESHOLDS,
            alerting=alerting(scope),
        )

    assert alarms(template_of(build)) == snapshot


def test_platform_alarms(snapshot: SnapshotAssertion) -> None:
    def build(scope: Construct) -> None:
        PlatformAlarms(
            scope,
            "Alarms",
            physical_name=physical_name,
            stage=stage(scope),
            state_machine=state_machine(scope),
            thresholds=THRESHOLDS,
            alerting=alerting(scope),
        )

    assert alarms(template_of(build)) == snapshot


def alarms(template: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    return {name: value for name, value in template.items() if value["Type"] == "AWS::CloudWatch::Alarm"}


def test_platform_dashboard(snapshot: SnapshotAssertion) -> None:
    def build(scope: Construct) -> None:
        live = alias(scope)
        PlatformDashboard(
            scope,
            "Dashboard",
            name="demo",
            environment_name="demo",
            stage=stage(scope),
            aliases={"templates": live},
            tables={"templates": dynamodb.Table.from_table_name(scope, "Table", "demo-templates")},
            state_machine=state_machine(scope),
            undelivered_alerts=sqs.Queue(scope, "Queue"),
            alarms=[cloudwatch.Alarm.from_alarm_arn(scope, "Alarm", "arn:aws:cloudwatch:eu-central-1:1:alarm:demo")],
        )

    template = template_of(build)
    dashboards = {name: value for name, value in template.items() if value["Type"] == "AWS::CloudWatch::Dashboard"}
    assert dashboards == snapshot


def test_regional_web_acl(snapshot: SnapshotAssertion) -> None:
    def build(scope: Construct) -> None:
        arn = "arn:aws:apigateway:eu-central-1::/restapis/demo/stages/live"
        guarded = GuardedPath(name="SignIn", path="/api/auth", limit=100)
        log = WebAclLog(retention=logs.RetentionDays.ONE_MONTH, key=log_key(scope), removal_policy=GO)
        RegionalWebAcl(scope, "WebAcl", name="demo", stage_arn=arn, rate_limit=2000, guarded=guarded, log=log)

    assert template_of(build) == snapshot


def test_alert_channels(snapshot: SnapshotAssertion) -> None:
    """M37's Slack and PagerDuty; without ids there is neither (`test_alerting`)."""

    def build(scope: Construct) -> None:
        channels = AlertChannels(
            slack_workspace="T0123456789", slack_channel="C0123456789", pagerduty_secret="demo/pagerduty"
        )
        Alerting(
            scope,
            "Alerting",
            physical_name=physical_name,
            recipients=(),
            encryption_key=kms.Key(scope, "Key"),
            channels=channels,
        )

    resources = template_of(build)
    channels = ("AlertingSlack", "AlertingPagerDuty")
    assert {name: item for name, item in resources.items() if name.startswith(channels)} == snapshot
