"""Who is told when something goes wrong: alarms on every alias, the API and the workflow, and one dashboard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from aws_cdk import aws_cloudwatch as cloudwatch

from constructs.alarm_thresholds import AlarmThresholds
from constructs.alert_channels import AlertChannels
from constructs.alerting import Alerting
from constructs.function_alarms import FunctionAlarms
from constructs.log_metrics import LogMetrics
from constructs.platform_alarms import PlatformAlarms
from constructs.platform_dashboard import PlatformDashboard
from constructs.regional_web_acl import RegionalWebAcl
from constructs.test_alert import TestAlert
from constructs.web_acl import GuardedPath, WebAclLog
from lambda_src.verification.building.monitoring import TEST_ALARM, WatchedAlarm
from stacks.policies import log_retention, removal_policy

if TYPE_CHECKING:
    from stacks.release import ReleaseStack


@dataclass(frozen=True, kw_only=True)
class Monitoring:
    """What others of the release and of operations build upon."""

    alerting: Alerting
    platform_alarms: PlatformAlarms
    test_alert: TestAlert
    # Every alarm of the release, for the checks.
    watched: tuple[WatchedAlarm, ...]


def add_monitoring(release: ReleaseStack) -> Monitoring:
    """Adds topics, alarms, the dashboard and the API's web ACL to the release."""
    settings, data = release.settings, release.inputs.data
    alerting = Alerting(
        release,
        "Alerting",
        physical_name=settings.resource_name,
        recipients=settings.alerts.email,
        encryption_key=data.key,
        channels=AlertChannels(
            slack_workspace=settings.alerts.slack_workspace,
            slack_channel=settings.alerts.slack_channel,
            pagerduty_secret=settings.alerts.pagerduty_secret,
        ),
    )
    thresholds = AlarmThresholds(
        error_rate_percent=settings.alerts.error_rate_percent, p95_latency_ms=settings.alerts.p95_latency_ms
    )
    function_alarms = [
        FunctionAlarms(
            handler,
            "Alarms",
            alias=handler.alias,
            function_name=settings.resource_name(handler.package.source.name),
            thresholds=thresholds,
            alerting=alerting,
        )
        for handler in release.handlers
    ]
    platform_alarms = PlatformAlarms(
        release,
        "Alarms",
        physical_name=settings.resource_name,
        stage=release.api.stage,
        state_machine=release.workflow.state_machine,
        thresholds=thresholds,
        alerting=alerting,
    )
    PlatformDashboard(
        release,
        "Dashboard",
        name=settings.resource_name("platform"),
        environment_name=settings.name,
        stage=release.api.stage,
        aliases={handler.package.source.name: handler.alias for handler in release.handlers},
        tables=data.tables,
        state_machine=release.workflow.state_machine,
        undelivered_alerts=alerting.undelivered,
        alarms=[*(alarm for group in function_alarms for alarm in group.all), *platform_alarms.all],
    )
    LogMetrics(release, "LogMetrics", environment_name=settings.name, access_log=release.api.access_log)
    return Monitoring(
        alerting=alerting,
        platform_alarms=platform_alarms,
        test_alert=TestAlert(
            release,
            "TestAlert",
            alarm_name=settings.resource_name(TEST_ALARM),
            queue_name=settings.resource_name("test-alerts"),
            topic=alerting.test,
        ),
        watched=(
            *(
                WatchedAlarm(alarm=_name_of(alarm), function=handler.package.source.name)
                for handler, group in zip(release.handlers, function_alarms, strict=True)
                for alarm in group.all
            ),
            *(WatchedAlarm(alarm=_name_of(alarm)) for alarm in platform_alarms.all),
        ),
    )


def _name_of(alarm: cloudwatch.Alarm) -> str:
    """The name as it was given: `alarm_name` would be a reference, and a check is called by the alarm's name."""
    return str(cast(cloudwatch.CfnAlarm, alarm.node.default_child).alarm_name)


def add_web_acl(release: ReleaseStack) -> RegionalWebAcl:
    """Rate limits and managed rules in front of the API's stage; signing in has a limit for each address."""
    return RegionalWebAcl(
        release,
        "WebAcl",
        name=release.settings.resource_name("api"),
        stage_arn=release.api.stage.stage_arn,
        rate_limit=release.settings.api.waf_rate_limit,
        guarded=GuardedPath(name="SignIn", path="/api/auth", limit=release.settings.api.waf_sign_in_limit),
        log=WebAclLog(
            retention=log_retention(release.settings),
            key=release.inputs.network.log_key,
            removal_policy=removal_policy(release.settings),
        ),
    )
