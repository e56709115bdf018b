"""The dashboard for the time between releases (M26): is it up, how fast, how much, and what was turned away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_stepfunctions as sfn

from constructs import Construct
from constructs.delivery_alarms import delivery_metric
from constructs.log_metrics import FAILED_LOGINS, THROTTLED_REQUESTS
from constructs.log_metrics import namespace as access_log_namespace
from constructs.platform_dashboard import NAMESPACE
from constructs.scheduled_verification import Schedule
from constructs.verification_alarms import HEALTH, HEALTH_FAILURE, RUN_FAILED, verification_metric

_PERIOD: Final = Duration.minutes(5)
_THIRD, _HALF, _WHOLE = 8, 12, 24
_TRADES: Final = {"TradesExecuted": "trades executed", "RealTradesBlocked": "real trades blocked"}


@dataclass(frozen=True, kw_only=True)
class ApiNames:
    """The REST API and its stage, as metrics name them."""

    name: str
    stage: str


@dataclass(frozen=True, kw_only=True)
class WebAclNames:
    """Metric names of the two web ACLs, and where they report: the API's at home, the site's in us-east-1."""

    api: str
    api_region: str
    site: str
    site_region: str


class OperationsDashboard(Construct):
    """`dashboard`: what a person on call looks at first."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        environment_name: str,
        api: ApiNames,
        schedules: Sequence[Schedule],
        rollback: sfn.StateMachine,
        web_acls: WebAclNames,
        alarms: Sequence[cloudwatch.IAlarm],
    ) -> None:
        super().__init__(scope, id)
        self._environment_name = environment_name
        self.dashboard = cloudwatch.Dashboard(
            self, "Dashboard", dashboard_name=name, default_interval=Duration.hours(24)
        )
        self.dashboard.add_widgets(cloudwatch.AlarmStatusWidget(title="Alarms", alarms=list(alarms), width=_WHOLE))
        self.dashboard.add_widgets(
            self._number("Uptime in %", [self._uptime()]),
            self._number("Throughput: requests", [stage_metric(api, "Count", "Sum", "requests")]),
            self._number("Error rate in %", [_error_rate(api)]),
        )
        self.dashboard.add_widgets(_graph("Response time in ms", self._response_times(api)))
        self.dashboard.add_widgets(
            _graph("Verification: runs that did not pass", [self._run_failed(schedule) for schedule in schedules]),
            _graph("Verification of health: checks", [self._checks(kind) for kind in ("Passed", "Failed", "Errored")]),
        )
        self.dashboard.add_widgets(
            _graph("Trading", [self._count(metric, label) for metric, label in _TRADES.items()]),
            _graph(
                "Blocked requests, failed logins",
                [
                    *_blocked(web_acls),
                    stage_metric(api, "4XXError", "Sum", "API: all 4xx"),
                    self._counted(FAILED_LOGINS, "API: failed logins"),
                    self._counted(THROTTLED_REQUESTS, "API: throttled"),
                ],
            ),
        )
        self.dashboard.add_widgets(
            _graph(
                "Rollbacks",
                [
                    rollback.metric_started(statistic="Sum", period=_PERIOD, label="started"),
                    rollback.metric_succeeded(statistic="Sum", period=_PERIOD, label="succeeded"),
                    rollback.metric_failed(statistic="Sum", period=_PERIOD, label="failed"),
                    self._delivery("RollbacksOfADay", "within a day, by whomever"),
                ],
            ),
            _graph(
                "Delivery of 30 days: success and failed changes in %, releases a day",
                [
                    self._delivery("SuccessRate", "success"),
                    self._delivery("ChangeFailureRate", "changes that failed"),
                    self._delivery("ReleasesPerDay", "releases a day"),
                ],
            ),
        )
        self.dashboard.add_widgets(
            _graph("Duration of releases in s", [self._delivery("ReleaseDuration", "the longest of an hour")]),
            _graph(
                "Lead time and time to restore in s",
                [self._delivery("LeadTime", "lead time"), self._delivery("TimeToRestore", "time to restore")],
            ),
        )

    def _uptime(self) -> cloudwatch.IMetric:
        failures = self._verification(HEALTH_FAILURE, HEALTH, statistic="Average")
        return cloudwatch.MathExpression(
            expression="100 * (1 - failures)", using_metrics={"failures": failures}, label="healthy", period=_PERIOD
        )

    def _response_times(self, api: ApiNames) -> list[cloudwatch.IMetric]:
        return [
            *(stage_metric(api, "Latency", value, f"clients, {value}") for value in ("p50", "p95", "p99")),
            self._verification("LatencyP95", HEALTH, statistic="Average", label="health checks, p95"),
        ]

    def _run_failed(self, schedule: Schedule) -> cloudwatch.IMetric:
        return self._verification(RUN_FAILED, schedule.name, statistic="Sum", label=schedule.name)

    def _checks(self, kind: str) -> cloudwatch.IMetric:
        return self._verification(f"Checks{kind}", HEALTH, statistic="Maximum", label=kind.lower())

    def _verification(self, name: str, group: str, *, statistic: str, label: str | None = None) -> cloudwatch.Metric:
        return verification_metric(
            name,
            environment_name=self._environment_name,
            group=group,
            statistic=statistic,
            period=_PERIOD,
            label=label,
        )

    def _count(self, metric: str, label: str) -> cloudwatch.IMetric:
        """The sum over all functions: each reports under its own service."""
        search = f'{{{NAMESPACE},environment,service}} environment="{self._environment_name}" MetricName="{metric}"'
        return cloudwatch.MathExpression(
            expression=f"SUM(SEARCH('{search}', 'Sum', {int(_PERIOD.to_seconds())}))", label=label, period=_PERIOD
        )

    def _counted(self, metric: str, label: str) -> cloudwatch.IMetric:
        """What the API's access log is counted for."""
        return cloudwatch.Metric(
            namespace=access_log_namespace(self._environment_name),
            metric_name=metric,
            statistic="Sum",
            period=_PERIOD,
            label=label,
        )

    def _delivery(self, metric: str, label: str) -> cloudwatch.IMetric:
        return delivery_metric(metric, environment_name=self._environment_name, label=label, period=_PERIOD)

    @staticmethod
    def _number(title: str, metrics: Sequence[cloudwatch.IMetric]) -> cloudwatch.IWidget:
        return cloudwatch.SingleValueWidget(
            title=title, metrics=list(metrics), width=_THIRD, set_period_to_time_range=True, sparkline=False
        )


def stage_metric(api: ApiNames, name: str, statistic: str, label: str) -> cloudwatch.Metric:
    """A metric of the API's stage, with the two dimensions under which API Gateway reports it."""
    return cloudwatch.Metric(
        namespace="AWS/ApiGateway",
        metric_name=name,
        dimensions_map={"ApiName": api.name, "Stage": api.stage},
        statistic=statistic,
        period=_PERIOD,
        label=label,
    )


def _error_rate(api: ApiNames) -> cloudwatch.IMetric:
    # The average of 0 and 1 per request: the share of 5xx.
    return cloudwatch.MathExpression(
        expression="100 * errors",
        using_metrics={"errors": stage_metric(api, "5XXError", "Average", "errors")},
        label="5xx",
        period=_PERIOD,
    )


def _blocked(names: WebAclNames) -> list[cloudwatch.IMetric]:
    """What the web ACLs turned away. One in front of CloudFront reports without a region of its own, in us-east-1."""
    return [
        _blocked_by({"WebACL": names.api, "Region": names.api_region}, region=names.api_region, label="API: blocked"),
        _blocked_by({"WebACL": names.site}, region=names.site_region, label="site: blocked"),
    ]


def _blocked_by(dimensions: Mapping[str, str], *, region: str, label: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/WAFV2",
        metric_name="BlockedRequests",
        dimensions_map={**dimensions, "Rule": "ALL"},
        statistic="Sum",
        period=_PERIOD,
        region=region,
        label=label,
    )


def _graph(title: str, metrics: Sequence[cloudwatch.IMetric]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=_HALF)
