"""Alarms on what the scheduled verification finds, and on its silence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from constructs import Construct
from constructs.alarm_thresholds import MISSING, PERIOD
from constructs.alerting import Alerting
from constructs.scheduled_verification import Schedule

# As `lambda_src.verification.metrics` emits them; a test compares the two.
NAMESPACE: Final = "Acinaces"
HEALTH: Final = "health"
HEALTH_FAILURE: Final = "HealthFailure"
RUN_FAILED: Final = "RunFailed"
STOPPED: Final = "EmergencyStop"
# M36: three consecutive failures.
FAILURES_IN_A_ROW: Final = 3
_SILENCE_PERIODS: Final = 3
_CRITICAL: Final = frozenset({"health", "trading", "security", "restore"})


def verification_metric(
    name: str, *, environment_name: str, group: str, statistic: str, period: Duration, label: str | None = None
) -> cloudwatch.Metric:
    """A metric of one schedule."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={"Environment": environment_name, "Group": group},
        statistic=statistic,
        period=period,
        label=label,
    )


class VerificationAlarms(Construct):
    """`health` and `emergency_stop` (M36's triggers), `failed` by schedule, `silence`; `all` of them."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        physical_name: Callable[[str], str],
        environment_name: str,
        schedules: Sequence[Schedule],
        alerting: Alerting,
    ) -> None:
        super().__init__(scope, id)
        self._physical_name = physical_name
        self._environment_name = environment_name
        (health,) = (schedule for schedule in schedules if schedule.name == HEALTH)
        self.health = self._alarm(
            "Health",
            "verification-health",
            f"Unhealthy {FAILURES_IN_A_ROW} times in a row: raises the rollback alarm",
            metric=self._metric(HEALTH_FAILURE, HEALTH, period=health.every),
            periods=FAILURES_IN_A_ROW,
        )
        self.emergency_stop = self._alarm(
            "EmergencyStop",
            "emergency-stop",
            "A person has pulled the emergency stop: raises the rollback alarm",
            metric=self._metric(STOPPED, HEALTH, period=PERIOD),
        )
        self.failed = {schedule.name: self._failed(schedule.name) for schedule in schedules if schedule.name != HEALTH}
        # What is switched off is silent on purpose.
        self.silence = self._silence(health) if health.enabled else None
        for alarm in (self.health, self.emergency_stop):
            alerting.raise_critical(alarm)
        for name, alarm in self.failed.items():
            (alerting.raise_critical if name in _CRITICAL else alerting.raise_warning)(alarm)
        if self.silence:
            alerting.raise_critical(self.silence)
        found = (self.health, self.emergency_stop, *self.failed.values(), self.silence)
        self.all = tuple(alarm for alarm in found if alarm is not None)

    def _metric(self, name: str, group: str, *, period: Duration, statistic: str = "Maximum") -> cloudwatch.Metric:
        return verification_metric(
            name, environment_name=self._environment_name, group=group, statistic=statistic, period=period
        )

    def _alarm(
        self, id: str, name: str, description: str, *, metric: cloudwatch.Metric, periods: int = 1
    ) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            id,
            alarm_name=self._physical_name(name),
            alarm_description=description,
            metric=metric,
            threshold=1,
            evaluation_periods=periods,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=MISSING,
        )

    def _failed(self, schedule: str) -> cloudwatch.Alarm:
        return self._alarm(
            f"Failed{schedule.capitalize()}",
            f"verification-{schedule}",
            f"Scheduled verification: {schedule} did not pass, or could not be run",
            # Long enough to be noticed on a page that shows alarms; what comes daily has one point a day.
            metric=self._metric(RUN_FAILED, schedule, period=Duration.minutes(5)),
        )

    def _silence(self, health: Schedule) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            "Silence",
            alarm_name=self._physical_name("verification-silent"),
            alarm_description="The health schedule has not run: nothing would notice a broken platform",
            metric=self._metric(
                RUN_FAILED,
                HEALTH,
                statistic="SampleCount",
                period=Duration.minutes(max(5, int(health.every.to_minutes()))),
            ),
            threshold=1,
            evaluation_periods=_SILENCE_PERIODS,
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            # The one alarm for which no data is the trouble itself.
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        )
