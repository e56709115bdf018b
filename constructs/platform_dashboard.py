"""One dashboard: API, functions, tables, workflow, trading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn

from constructs import Construct

NAMESPACE = "Acinaces"
# What the handlers count: `lambda_src/platform_common`, `count(...)`.
TRADING_METRICS = ("TradesExecuted", "RealTradesBlocked", "OrdersRefusedByRisk", "EventsNotPublished")
_PERIOD = Duration.minutes(5)
_HALF, _WHOLE = 12, 24


class PlatformDashboard(Construct):
    """`dashboard`, with a row of graphs per part of the platform."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        environment_name: str,
        stage: apigateway.Stage,
        aliases: Mapping[str, lambda_.Alias],
        tables: Mapping[str, dynamodb.ITable],
        state_machine: sfn.StateMachine,
        undelivered_alerts: sqs.IQueue,
        alarms: Sequence[cloudwatch.IAlarm],
    ) -> None:
        super().__init__(scope, id)
        self.dashboard = cloudwatch.Dashboard(
            self, "Dashboard", dashboard_name=name, default_interval=Duration.hours(3)
        )
        self.dashboard.add_widgets(cloudwatch.AlarmStatusWidget(title="Alarms", alarms=list(alarms), width=_WHOLE))
        self.dashboard.add_widgets(*_api_widgets(stage))
        self.dashboard.add_widgets(*_function_widgets(aliases))
        self.dashboard.add_widgets(
            _graph("Tables: throttled requests", _throttles(tables)),
            _workflow_widget(state_machine),
        )
        self.dashboard.add_widgets(
            _graph("Trading", [_count(metric, environment_name) for metric in TRADING_METRICS]),
            _graph(
                "Alerts that could not be delivered",
                [undelivered_alerts.metric_approximate_number_of_messages_visible(period=_PERIOD, statistic="Maximum")],
            ),
        )


def _api_widgets(stage: apigateway.Stage) -> list[cloudwatch.IWidget]:
    return [
        _graph(
            "API: requests and errors",
            [
                stage.metric_count(period=_PERIOD, label="requests"),
                stage.metric_client_error(statistic="Sum", period=_PERIOD, label="4xx"),
                stage.metric_server_error(statistic="Sum", period=_PERIOD, label="5xx"),
            ],
        ),
        _graph(
            "API: latency in ms",
            [stage.metric_latency(statistic=value, period=_PERIOD, label=value) for value in ("p50", "p95", "p99")],
        ),
    ]


def _function_widgets(aliases: Mapping[str, lambda_.Alias]) -> list[cloudwatch.IWidget]:
    named = aliases.items()
    return [
        _graph("Functions: errors", [a.metric_errors(statistic="Sum", period=_PERIOD, label=n) for n, a in named]),
        _graph("Functions: p95 in ms", [a.metric_duration(statistic="p95", period=_PERIOD, label=n) for n, a in named]),
    ]


def _workflow_widget(state_machine: sfn.StateMachine) -> cloudwatch.IWidget:
    return _graph(
        "Strategy activation",
        [
            state_machine.metric_started(statistic="Sum", period=_PERIOD, label="started"),
            state_machine.metric_succeeded(statistic="Sum", period=_PERIOD, label="succeeded"),
            state_machine.metric_failed(statistic="Sum", period=_PERIOD, label="failed"),
        ],
    )


def _throttles(tables: Mapping[str, dynamodb.ITable]) -> list[cloudwatch.IMetric]:
    """Reads and writes turned away; these two metrics need no dimension but the table."""
    return [
        cloudwatch.Metric(
            namespace="AWS/DynamoDB",
            metric_name=f"{kind}ThrottleEvents",
            dimensions_map={"TableName": table.table_name},
            statistic="Sum",
            period=_PERIOD,
            label=f"{name}: {kind.lower()}s",
        )
        for name, table in tables.items()
        for kind in ("Read", "Write")
    ]


def _count(metric: str, environment_name: str) -> cloudwatch.IMetric:
    """The sum over all functions: each reports under its own service."""
    search = f'{{{NAMESPACE},environment,service}} environment="{environment_name}" MetricName="{metric}"'
    return cloudwatch.MathExpression(
        expression=f"SUM(SEARCH('{search}', 'Sum', {int(_PERIOD.to_seconds())}))", label=metric, period=_PERIOD
    )


def _graph(title: str, metrics: Sequence[cloudwatch.IMetric]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=_HALF)
