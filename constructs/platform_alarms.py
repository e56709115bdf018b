"""Alarms of the API as a whole and of the workflow."""

from __future__ import annotations

from collections.abc import Callable

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_stepfunctions as sfn

from constructs import Construct
from constructs.alarm_thresholds import ERROR_PERIODS, LATENCY_PERIODS, MISSING, PERIOD, AlarmThresholds
from constructs.alerting import Alerting


class PlatformAlarms(Construct):
    """`api_errors`, `workflow_failures`, `workflow_timeouts` (critical), `api_latency` (warning); `all` of them.

    `rollback_triggers`: those that M36 answers with a rollback.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        physical_name: Callable[[str], str],
        stage: apigateway.Stage,
        state_machine: sfn.StateMachine,
        thresholds: AlarmThresholds,
        alerting: Alerting,
    ) -> None:
        super().__init__(scope, id)
        self.api_errors = cloudwatch.Alarm(
            self,
            "ApiErrors",
            alarm_name=physical_name("api-errors"),
            alarm_description=f"API: more than {thresholds.error_rate_percent:g} % of answers are 5xx",
            # The average of 0 and 1 per request: the share of 5xx.
            metric=stage.metric_server_error(statistic="Average", period=PERIOD),
            threshold=thresholds.error_rate_percent / 100,
            evaluation_periods=ERROR_PERIODS,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=MISSING,
        )
        self.api_latency = cloudwatch.Alarm(
            self,
            "ApiLatency",
            alarm_name=physical_name("api-latency"),
            alarm_description=f"API: 95 % of answers no longer come within {thresholds.p95_latency_ms} ms",
            metric=stage.metric_latency(statistic="p95", period=PERIOD),
            threshold=thresholds.p95_latency_ms,
            evaluation_periods=LATENCY_PERIODS,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluate_low_sample_count_percentile="ignore",
            treat_missing_data=MISSING,
        )
        # Two alarms, not a sum: CloudWatch's arithmetic has no result where one of the two has no data.
        self.workflow_failures = self._build_workflow_alarm(
            "WorkflowFailures", physical_name("workflow-failures"), "failed", state_machine.metric_failed
        )
        self.workflow_timeouts = self._build_workflow_alarm(
            "WorkflowTimeouts", physical_name("workflow-timeouts"), "timed out", state_machine.metric_timed_out
        )
        self.rollback_triggers = (self.api_errors, self.api_latency)
        self.all = (self.api_errors, self.api_latency, self.workflow_failures, self.workflow_timeouts)
        for alarm in (self.api_errors, self.workflow_failures, self.workflow_timeouts):
            alerting.raise_critical(alarm)
        alerting.raise_warning(self.api_latency)

    def _build_workflow_alarm(
        self, id: str, name: str, what: str, metric: Callable[..., cloudwatch.Metric]
    ) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            id,
            alarm_name=name,
            alarm_description=f"Strategy activation: an execution {what}",
            metric=metric(statistic="Sum", period=PERIOD),
            threshold=1,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=MISSING,
        )
