"""One alarm over everything that puts a release back (M36)."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch

from constructs import Construct
from constructs.alerting import Alerting


class RollbackAlarm(Construct):
    """`alarm` goes off while any of `triggers` does; the critical topic hears of it."""

    def __init__(
        self, scope: Construct, id: str, *, name: str, triggers: Sequence[cloudwatch.IAlarm], alerting: Alerting
    ) -> None:
        super().__init__(scope, id)
        self.alarm = cloudwatch.CompositeAlarm(
            self,
            "Alarm",
            composite_alarm_name=name,
            alarm_description="The release is to be put back: unhealthy, failing, slow, or stopped by a person",
            alarm_rule=cloudwatch.AlarmRule.any_of(
                *(cloudwatch.AlarmRule.from_alarm(trigger, cloudwatch.AlarmState.ALARM) for trigger in triggers)
            ),
        )
        alerting.raise_critical(self.alarm)
