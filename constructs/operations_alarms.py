"""Alarms on the machinery of operations itself: a rollback that failed, and calls that never arrived."""

from __future__ import annotations

from collections.abc import Callable

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn

from constructs import Construct
from constructs.alarm_thresholds import MISSING, PERIOD
from constructs.alerting import Alerting


class OperationsAlarms(Construct):
    """`rollback_failures`, `rollback_timeouts`, `undelivered`: all critical; `all` of them."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        physical_name: Callable[[str], str],
        rollback: sfn.StateMachine,
        undelivered: sqs.IQueue,
        alerting: Alerting,
    ) -> None:
        super().__init__(scope, id)
        self._physical_name = physical_name
        self.rollback_failures = self._alarm(
            "RollbackFailures",
            "rollback-failures",
            "A rollback failed: nothing was eligible, or not every alias was moved",
            rollback.metric_failed(statistic="Sum", period=PERIOD),
        )
        self.rollback_timeouts = self._alarm(
            "RollbackTimeouts",
            "rollback-timeouts",
            "A rollback waited for a deployment until its time was up",
            rollback.metric_timed_out(statistic="Sum", period=PERIOD),
        )
        self.undelivered = self._alarm(
            "Undelivered",
            "operations-undelivered",
            "A schedule or the rollback alarm could not start what it should have started",
            undelivered.metric_approximate_number_of_messages_visible(statistic="Maximum", period=PERIOD),
        )
        self.all = (self.rollback_failures, self.rollback_timeouts, self.undelivered)
        for alarm in self.all:
            alerting.raise_critical(alarm)

    def _alarm(self, id: str, name: str, description: str, metric: cloudwatch.Metric) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            id,
            alarm_name=self._physical_name(name),
            alarm_description=description,
            metric=metric,
            threshold=1,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=MISSING,
        )
