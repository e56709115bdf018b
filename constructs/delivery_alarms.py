"""Alarms on how releases go (MISSION M37): too few succeed, one takes too long, too many are put back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from constructs import Construct
from constructs.alarm_thresholds import MISSING
from constructs.alerting import Alerting
from constructs.release_recorder import NAMESPACE

SUCCESS_PERCENT: Final = 95
LONGEST: Final = Duration.minutes(30)
ROLLBACKS_OF_A_DAY: Final = 3
# Longer than the recorder's interval, so that no period is without a figure.
_PERIOD: Final = Duration.minutes(15)


class DeliveryAlarms(Construct):
    """`success` is critical, `duration` and `rollbacks` are warnings; `all` of them."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        physical_name: Callable[[str], str],
        environment_name: str,
        alerting: Alerting,
    ) -> None:
        super().__init__(scope, id)
        self._physical_name = physical_name
        self._environment = environment_name
        self.success = self._alarm(
            "Success",
            "releases-success",
            f"Less than {SUCCESS_PERCENT} % of the releases of 30 days succeeded: acinaces releases",
            metric="SuccessRate",
            statistic="Minimum",
            threshold=SUCCESS_PERCENT,
            comparison=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
        )
        self.duration = self._alarm(
            "Duration",
            "releases-duration",
            "A release takes, or took, longer than 30 minutes: acinaces releases, acinaces doctor",
            metric="ReleaseDuration",
            statistic="Maximum",
            threshold=LONGEST.to_seconds(),
        )
        self.rollbacks = self._alarm(
            "Rollbacks",
            "releases-rollbacks",
            f"More than {ROLLBACKS_OF_A_DAY} releases were put back within a day: acinaces releases",
            metric="RollbacksOfADay",
            statistic="Maximum",
            threshold=ROLLBACKS_OF_A_DAY,
        )
        self.all = (self.success, self.duration, self.rollbacks)
        alerting.raise_critical(self.success)
        alerting.raise_warning(self.duration)
        alerting.raise_warning(self.rollbacks)

    def _alarm(
        self,
        id: str,
        name: str,
        description: str,
        *,
        metric: str,
        statistic: str,
        threshold: float,
        comparison: cloudwatch.ComparisonOperator = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
    ) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            id,
            alarm_name=self._physical_name(name),
            alarm_description=description,
            metric=delivery_metric(metric, environment_name=self._environment, statistic=statistic, period=_PERIOD),
            threshold=threshold,
            evaluation_periods=1,
            comparison_operator=comparison,
            treat_missing_data=MISSING,
        )


def delivery_metric(
    name: str, *, environment_name: str, period: Duration, statistic: str = "Maximum", label: str | None = None
) -> cloudwatch.Metric:
    """A figure of `lambda_src/journal/recorder.py`."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={"Environment": environment_name},
        statistic=statistic,
        period=period,
        label=label,
    )
