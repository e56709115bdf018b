"""Protection of stacks and tables, switched on once they stand (docs/adr/0036)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm

from constructs import Construct
from constructs.acknowledge import SECURITY, acknowledge, wildcards
from constructs.versioned_function import FunctionPlatform, VersionedFunction

ENTRY: Final = "lambda_src.operations.protection.on_event"
# What `cdk deploy` took away, also in another region, whose events do not come here.
EVERY: Final = Duration.minutes(15)
_STANDS: Final = ("CREATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")


class Protection(Construct):
    """`function`, which protects `stacks` and `tables` after each change of a stack, and every 15 minutes."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        function_name: str,
        parameter_name: str,
        package: Path,
        platform: FunctionPlatform,
        stacks: Sequence[Stack],
        tables: Sequence[str],
        undelivered: sqs.IQueue,
        dependencies: str,
    ) -> None:
        super().__init__(scope, id)
        parameter = ssm.StringParameter(
            self,
            "Parameter",
            parameter_name=parameter_name,
            description='"on", or "off" while a person removes the environment: acinaces protect',
            string_value="on",
        )
        self.function = VersionedFunction(
            self,
            "Function",
            function_name=function_name,
            description="Protects stacks and tables from being deleted once they stand",
            entry=ENTRY,
            package=package,
            platform=platform,
            environment={
                "PARAMETER": parameter_name,
                "STACKS": ",".join(f"{stack.region}/{stack.stack_name}" for stack in stacks),
                "TABLES": ",".join(tables),
                # The layers are another stack's, by reference: without this, new ones would not change this template.
                "DEPENDENCIES": dependencies,
            },
            timeout=Duration.minutes(2),
            dead_letter_queue=undelivered,
        )
        self._grant(parameter, stacks, tables)
        target = targets.LambdaFunction(self.function.alias, dead_letter_queue=undelivered, retry_attempts=2)
        home = Stack.of(self).region
        events.Rule(
            self,
            "OnStackChange",
            description="A stack stands: it may be protected",
            event_pattern=events.EventPattern(
                source=["aws.cloudformation"],
                detail_type=["CloudFormation Stack Status Change"],
                detail={
                    "stack-id": [{"prefix": _arn(stack, "")} for stack in stacks if stack.region == home],
                    "status-details": {"status": list(_STANDS)},
                },
            ),
            targets=[target],
        )
        events.Rule(
            self,
            "OnSchedule",
            description="Protection that was taken away comes back",
            schedule=events.Schedule.rate(EVERY),
            targets=[target],
        )

    def _grant(self, parameter: ssm.StringParameter, stacks: Sequence[Stack], tables: Sequence[str]) -> None:
        own = Stack.of(self)
        self.function.allow(actions=["ssm:GetParameter"], resources=[parameter.parameter_arn])
        self.function.allow(
            actions=["cloudformation:DescribeStacks", "cloudformation:UpdateTerminationProtection"],
            resources=[_arn(stack, "*") for stack in stacks],
        )
        acknowledge(
            self.function.role,
            "Stacks by name, whose ARNs end with what is known only once they exist",
            SECURITY,
            *wildcards("Resource::...:stack/.../*"),
        )
        self.function.allow(
            actions=["dynamodb:DescribeTable", "dynamodb:UpdateTable"],
            resources=[own.format_arn(service="dynamodb", resource="table", resource_name=name) for name in tables],
        )


def _arn(stack: Stack, unique: str) -> str:
    """A stack, whatever its unique id. By name: references would make the stacks depend on each other."""
    return stack.format_arn(service="cloudformation", resource="stack", resource_name=f"{stack.stack_name}/{unique}")
