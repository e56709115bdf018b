"""Verification between releases: one function, called on several schedules, each with its part of the plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as event_targets
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm

from constructs import Construct
from constructs.versioned_function import FunctionPlatform, VersionedFunction

ENTRY: Final = "lambda_src.verification.scheduled.on_schedule"
# The engine's own deadline is `Schedule.deadline_s`; Lambda must not be faster.
_TIMEOUT: Final = Duration.minutes(5)
# EventBridge Scheduler takes no less.
_SHORTEST_AGE_S: Final = 60


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Groups of checks, and how often they run. `deadline_s`: of one run; shorter than the interval."""

    name: str
    groups: tuple[str, ...]
    every: Duration
    deadline_s: int
    enabled: bool


class ScheduledVerification(Construct):
    """`function` runs a schedule's checks; `schedules` call it, and so does a change of `emergency_stop`."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        function_name: str,
        package: Path,
        platform: FunctionPlatform,
        environment: Mapping[str, str],
        schedules: Sequence[Schedule],
        schedule_group: str,
        emergency_stop: ssm.IStringParameter,
        undelivered: sqs.IQueue,
    ) -> None:
        super().__init__(scope, id)
        self._emergency_stop = emergency_stop
        self._undelivered = undelivered
        self.function = VersionedFunction(
            self,
            "Function",
            function_name=function_name,
            description="Verifies the platform between releases",
            entry=ENTRY,
            package=package,
            platform=platform,
            environment=environment,
            timeout=_TIMEOUT,
            failures="Its alias sends what failed to the queue of undelivered events",
        )
        self.function.allow(actions=["ssm:GetParameter"], resources=[emergency_stop.parameter_arn])
        self.function.alias.configure_async_invoke(
            # A run that is late or repeated says nothing about now.
            max_event_age=Duration.seconds(_SHORTEST_AGE_S),
            retry_attempts=0,
            on_failure=destinations.SqsDestination(undelivered),
        )
        # It holds schedules only, and what is retained keeps its name from the next attempt.
        self._group = scheduler.ScheduleGroup(
            self, "Group", schedule_group_name=schedule_group, removal_policy=RemovalPolicy.DESTROY
        )
        self.schedules = {schedule.name: self._add(schedule) for schedule in schedules}

    def look_on_change(self, schedule: Schedule) -> None:
        """Runs `schedule` at once when the emergency stop is changed, instead of at its next turn."""
        events.Rule(
            self,
            "EmergencyStopChanged",
            description="A change of the emergency stop is seen at once",
            event_pattern=events.EventPattern(
                source=["aws.ssm"],
                detail_type=["Parameter Store Change"],
                detail={"name": [self._emergency_stop.parameter_name], "operation": ["Create", "Update"]},
            ),
            targets=[
                event_targets.LambdaFunction(
                    self.function.alias,
                    event=events.RuleTargetInput.from_object(self._event(schedule)),
                    dead_letter_queue=self._undelivered,
                )
            ],
        )

    def _add(self, schedule: Schedule) -> scheduler.Schedule:
        age_s = max(min(int(schedule.every.to_seconds()), 3600), _SHORTEST_AGE_S)
        return scheduler.Schedule(
            self,
            schedule.name.capitalize(),
            schedule_name=schedule.name,
            description=f"Verifies {', '.join(schedule.groups)}",
            schedule_group=self._group,
            schedule=scheduler.ScheduleExpression.rate(schedule.every),
            enabled=schedule.enabled,
            target=targets.LambdaInvoke(
                self.function.alias,
                input=scheduler.ScheduleTargetInput.from_object(self._event(schedule)),
                dead_letter_queue=self._undelivered,
                max_event_age=Duration.seconds(age_s),
                retry_attempts=1,
            ),
        )

    def _event(self, schedule: Schedule) -> dict[str, Any]:
        event = {"schedule": schedule.name, "groups": list(schedule.groups), "deadline_s": schedule.deadline_s}
        # Health is what runs most often, so it also looks at the emergency stop.
        return {**event, "emergency_stop": self._emergency_stop.parameter_name} if schedule.name == "health" else event
