"""Constructs that verification looks through: the test alert, and what an access log is counted for."""

from __future__ import annotations

from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from syrupy.assertion import SnapshotAssertion

from constructs import Construct
from constructs.log_metrics import LogMetrics
from constructs.test_alert import TestAlert
from tests.support.snapshots import template_of


def test_test_alert(snapshot: SnapshotAssertion) -> None:
    def build(scope: Construct) -> None:
        topic = sns.Topic.from_topic_arn(scope, "Topic", "arn:aws:sns:eu-central-1:111111111111:demo-alerts")
        TestAlert(scope, "TestAlert", alarm_name="demo-test-alert", queue_name="demo-alerts-test", topic=topic)

    assert template_of(build) == snapshot


def test_log_metrics(snapshot: SnapshotAssertion) -> None:
    def build(scope: Construct) -> None:
        log = logs.LogGroup.from_log_group_name(scope, "Log", "/aws/apigateway/demo")
        LogMetrics(scope, "LogMetrics", environment_name="demo", access_log=log)

    assert template_of(build) == snapshot
