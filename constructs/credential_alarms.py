"""Alarms on credentials: a rotation that failed, and credentials that have grown too old."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_

from constructs import Construct
from constructs.alarm_thresholds import MISSING
from constructs.alerting import Alerting

# As `lambda_src.operations.credential_age` emits them; a test compares the two.
NAMESPACE: Final = "Acinaces"
OVERDUE: Final = "CredentialsOverdue"


class CredentialAlarms(Construct):
    """`rotation` and `overdue`, both warnings: the former value still works; `all` of them."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        physical_name: Callable[[str], str],
        environment_name: str,
        rotation: lambda_.IFunction,
        alerting: Alerting,
    ) -> None:
        super().__init__(scope, id)
        self.rotation = self._alarm(
            "Rotation",
            physical_name("rotation-failures"),
            "A step of a rotation failed; the secret has its former value, which works",
            # Secrets Manager calls the function by its name alone.
            rotation.metric_errors(statistic="Sum", period=Duration.minutes(5)),
        )
        self.overdue = self._alarm(
            "Overdue",
            physical_name("credentials-overdue"),
            "Credentials are older than they should grow: acinaces secrets status",
            cloudwatch.Metric(
                namespace=NAMESPACE,
                metric_name=OVERDUE,
                dimensions_map={"Environment": environment_name},
                statistic="Maximum",
                # It is measured once a day.
                period=Duration.days(1),
            ),
        )
        self.all = (self.rotation, self.overdue)
        for alarm in self.all:
            alerting.raise_warning(alarm)

    def _alarm(self, id: str, name: str, description: str, metric: cloudwatch.IMetric) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            id,
            alarm_name=name,
            alarm_description=description,
            metric=metric,
            threshold=1,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=MISSING,
        )
