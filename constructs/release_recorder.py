"""Ends the records of releases when CloudFormation tells of their end, keeps their stacks, tells figures of delivery.

What is kept, and why: docs/adr/0016.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs

from constructs import Construct
from constructs.acknowledge import SECURITY, acknowledge, wildcards
from constructs.journal_table import JournalTable
from constructs.verification_gate import REPORT_PREFIX
from constructs.versioned_function import FunctionPlatform, VersionedFunction

ENTRY: Final = "lambda_src.journal.recorder.on_event"
NAMESPACE: Final = "Acinaces/Delivery"
# A release that hangs is seen while it does, not when it has ended.
EVERY: Final = Duration.minutes(5)
# An operation has ended, one way or the other.
_ENDED: Final = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
_FAILED: Final = ("CREATE_FAILED", "UPDATE_FAILED", "ROLLBACK_FAILED", "UPDATE_ROLLBACK_FAILED")


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """Names: of the environment, the release's stack, the stacks that are kept and whose changes call it, and of the
    parameters of contents.
    """

    environment: str
    release_stack: str
    stacks: Sequence[str]
    contents_parameters: Sequence[str]


class ReleaseRecorder(Construct):
    """`function`, called at the end of each operation on the stacks, and every five minutes if `scheduled`."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        function_name: str,
        recorded: Recorded,
        package: Path,
        platform: FunctionPlatform,
        journal: JournalTable,
        reports: s3.IBucket,
        undelivered: sqs.IQueue,
        scheduled: bool,
    ) -> None:
        super().__init__(scope, id)
        self.function = VersionedFunction(
            self,
            "Function",
            function_name=function_name,
            description="Ends the records of releases; figures of delivery",
            entry=ENTRY,
            package=package,
            platform=platform,
            environment={
                "ENVIRONMENT": recorded.environment,
                "RELEASE_STACK": recorded.release_stack,
                "JOURNAL": journal.table.table_name,
                "CONTENTS_PARAMETER": recorded.contents_parameters[0],
                "STACKS": ",".join(recorded.stacks),
                "REPORT_BUCKET": reports.bucket_name,
                "REPORT_PREFIX": REPORT_PREFIX,
            },
            timeout=Duration.minutes(2),
            dead_letter_queue=undelivered,
        )
        self._grant(recorded, journal, reports)
        target = targets.LambdaFunction(self.function.alias, dead_letter_queue=undelivered, retry_attempts=2)
        events.Rule(
            self,
            "OnStackChange",
            description="The end of an operation on the release, or on what watches it",
            event_pattern=events.EventPattern(
                source=["aws.cloudformation"],
                detail_type=["CloudFormation Stack Status Change"],
                detail={
                    "stack-id": [{"prefix": self._stack_arn(name, "")} for name in recorded.stacks],
                    "status-details": {"status": [*_ENDED, *_FAILED]},
                },
            ),
            targets=[target],
        )
        events.Rule(
            self,
            "OnSchedule",
            description="Releases that hang; rollbacks that others have written down",
            schedule=events.Schedule.rate(EVERY),
            enabled=scheduled,
            targets=[target],
        )

    def _grant(self, recorded: Recorded, journal: JournalTable, reports: s3.IBucket) -> None:
        journal.allow_appending(self.function.role)
        stack = Stack.of(self)
        parameters = [
            stack.format_arn(service="ssm", resource="parameter", resource_name=name.removeprefix("/"))
            for name in recorded.contents_parameters
        ]
        self.function.allow(actions=["ssm:GetParameter"], resources=parameters)
        self.function.allow(
            actions=["cloudformation:DescribeStackEvents"], resources=[self._stack_arn(recorded.release_stack, "*")]
        )
        self.function.allow(
            actions=["cloudformation:DescribeStacks", "cloudformation:GetTemplate"],
            resources=[self._stack_arn(name, "*") for name in recorded.stacks],
        )
        acknowledge(
            self.function.role,
            "Stacks by name, whose ARNs end with what is known only once they exist; templates below one prefix",
            SECURITY,
            *wildcards("Resource::...:stack/.../*", f"Resource::.../{REPORT_PREFIX}*/stacks/*"),
        )
        # The journal's key is the bucket's too.
        self.function.allow(actions=["s3:PutObject"], resources=[reports.arn_for_objects(f"{REPORT_PREFIX}*/stacks/*")])
        self.function.role.add_to_policy(
            iam.PolicyStatement(
                actions=["cloudwatch:PutMetricData"],
                # The call takes no resource; the namespace is what narrows it.
                resources=["*"],
                conditions={"StringEquals": {"cloudwatch:namespace": NAMESPACE}},
            )
        )

    def _stack_arn(self, name: str, end: str) -> str:
        return Stack.of(self).format_arn(service="cloudformation", resource="stack", resource_name=f"{name}/{end}")
