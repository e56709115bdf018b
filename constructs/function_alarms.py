"""Alarms of one function, on what its alias serves: errors, latency, throttles."""

from __future__ import annotations

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_

from constructs import Construct
from constructs.alarm_thresholds import ERROR_PERIODS, LATENCY_PERIODS, MISSING, PERIOD, AlarmThresholds
from constructs.alerting import Alerting


class FunctionAlarms(Construct):
    """`errors` (critical), `latency` and `throttles` (warning); `all` of them.

    Lambda reports what an alias serves under the dimensions FunctionName and Resource (`name:alias`); CDK's alias
    metrics have both. With FunctionName alone an alarm would also count calls of other versions (FAULTS F27).
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        alias: lambda_.Alias,
        function_name: str,
        thresholds: AlarmThresholds,
        alerting: Alerting,
    ) -> None:
        super().__init__(scope, id)
        self._name = function_name
        self.errors = self._build_errors(alias, thresholds)
        self.latency = self._build_latency(alias, thresholds)
        self.throttles = self._build_throttles(alias)
        self.all = (self.errors, self.latency, self.throttles)
        alerting.raise_critical(self.errors)
        alerting.raise_warning(self.latency)
        alerting.raise_warning(self.throttles)

    def _build_errors(self, alias: lambda_.Alias, thresholds: AlarmThresholds) -> cloudwatch.Alarm:
        rate = cloudwatch.MathExpression(
            # Without a call neither has a data point, so nothing is divided by zero.
            expression="100 * errors / invocations",
            using_metrics={
                "errors": alias.metric_errors(statistic="Sum", period=PERIOD),
                "invocations": alias.metric_invocations(statistic="Sum", period=PERIOD),
            },
            period=PERIOD,
            label="Errors in percent",
        )
        return cloudwatch.Alarm(
            self,
            "Errors",
            alarm_name=f"{self._name}-errors",
            alarm_description=f"{self._name}: more than {thresholds.error_rate_percent:g} % of calls fail",
            metric=rate,
            threshold=thresholds.error_rate_percent,
            evaluation_periods=ERROR_PERIODS,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=MISSING,
        )

    def _build_latency(self, alias: lambda_.Alias, thresholds: AlarmThresholds) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            "Latency",
            alarm_name=f"{self._name}-latency",
            alarm_description=f"{self._name}: 95 % of calls no longer end within {thresholds.p95_latency_ms} ms",
            metric=alias.metric_duration(statistic="p95", period=PERIOD),
            threshold=thresholds.p95_latency_ms,
            evaluation_periods=LATENCY_PERIODS,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            # A percentile of three calls says nothing.
            evaluate_low_sample_count_percentile="ignore",
            treat_missing_data=MISSING,
        )

    def _build_throttles(self, alias: lambda_.Alias) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            "Throttles",
            alarm_name=f"{self._name}-throttles",
            alarm_description=f"{self._name}: Lambda turns calls away",
            metric=alias.metric_throttles(statistic="Sum", period=PERIOD),
            threshold=1,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=MISSING,
        )
