"""The rollback (M36): a state machine that moves aliases back, started by the rollback alarm or by a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from aws_cdk import ArnFormat, Aws, Duration, RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn

from constructs import Construct
from constructs.acknowledge import SECURITY, acknowledge, wildcards
from constructs.journal_table import JournalTable
from constructs.key_access import allow_key
from constructs.rollback_definition import RollbackTargets, rollback_definition
from constructs.versioned_function import FunctionPlatform, VersionedFunction

ENTRY: Final = "lambda_src.operations.rollback.on_step"
PREFIX: Final = "rollbacks/"
# A deployment is waited for; the longest gate takes a quarter of an hour, and putting it back about as long.
_TIMEOUT: Final = Duration.hours(1)


@dataclass(frozen=True, kw_only=True)
class RollbackScope:
    """What may be moved, and what keeps it where it is put. `functions` and `hold_parameter`: names."""

    environment: str
    release_stack: str
    functions: Sequence[str]
    hold_parameter: str
    journal: JournalTable
    site_bucket: s3.IBucket
    distribution_id: str


class RollbackWorkflow(Construct):
    """`state_machine` takes an alarm's event or `{"reason": …}`; see `rollback_definition`."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        package: Path,
        platform: FunctionPlatform,
        rollback: RollbackScope,
        reports: s3.IBucket,
        topic: sns.ITopic,
        encryption_key: kms.IKey,
    ) -> None:
        super().__init__(scope, id)
        self._key = encryption_key
        self.worker = VersionedFunction(
            self,
            "Worker",
            function_name=f"{name}-worker",
            description="Steps of the rollback",
            entry=ENTRY,
            package=package,
            # Without layers: they come with the release that is to be left.
            platform=replace(platform, layers=()),
            environment={},
            # A site of some hundred files takes seconds; CloudFront may keep one waiting.
            timeout=Duration.minutes(5),
        )
        self._grant_worker(rollback, reports)
        self.log_group = logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/vendedlogs/states/{name}",
            retention=platform.log_retention,
            encryption_key=platform.log_key,
            removal_policy=platform.removal_policy,
        )
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
        acknowledge(
            self.role,
            "Tracing and log delivery, which AWS grants on no narrower resource; a test lists the calls",
            SECURITY,
            *wildcards("Resource::*"),
        )
        definition = rollback_definition(
            RollbackTargets(
                partition=Aws.PARTITION,
                environment=rollback.environment,
                worker=self.worker.alias.function_arn,
                stack=rollback.release_stack,
                journal=rollback.journal.table.table_name,
                site_bucket=rollback.site_bucket.bucket_name,
                distribution=rollback.distribution_id,
                hold_parameter=rollback.hold_parameter,
                bucket=reports.bucket_name,
                prefix=PREFIX,
                topic=topic.topic_arn,
                timeout_s=int(_TIMEOUT.to_seconds()),
            )
        )
        self.state_machine = sfn.StateMachine(
            self,
            "StateMachine",
            state_machine_name=name,
            definition_body=sfn.DefinitionBody.from_string(Stack.of(self).to_json_string(definition)),
            role=self.role,
            tracing_enabled=True,
            logs=sfn.LogOptions(destination=self.log_group, level=sfn.LogLevel.ALL, include_execution_data=True),
            removal_policy=RemovalPolicy.DESTROY,
        )
        self._grant_machine(rollback, topic)

    def start_on(self, alarm: cloudwatch.AlarmBase, *, enabled: bool, undelivered: sqs.IQueue) -> None:
        """Starts the rollback whenever `alarm` goes off, unless it is switched off."""
        events.Rule(
            self,
            "OnAlarm",
            description="Starts the rollback when its alarm goes off",
            enabled=enabled,
            event_pattern=events.EventPattern(
                source=["aws.cloudwatch"],
                detail_type=["CloudWatch Alarm State Change"],
                resources=[alarm.alarm_arn],
                detail={"state": {"value": ["ALARM"]}},
            ),
            targets=[targets.SfnStateMachine(self.state_machine, dead_letter_queue=undelivered)],
        )

    def _grant_worker(self, rollback: RollbackScope, reports: s3.IBucket) -> None:
        functions = [self._arn("lambda", "function", name) for name in rollback.functions]
        self.worker.allow(
            actions=["lambda:GetAlias", "lambda:ListVersionsByFunction", "lambda:UpdateAlias"], resources=functions
        )
        stack = Stack.of(self).format_arn(
            service="cloudformation", resource="stack", resource_name=f"{rollback.release_stack}/*"
        )
        self.worker.allow(actions=["cloudformation:DescribeStacks"], resources=[stack])
        # Composite alarms are described with no narrower resource: AWS, "DescribeAlarms".
        self.worker.allow(actions=["cloudwatch:DescribeAlarms"], resources=["*"])
        self.worker.allow(actions=["s3:PutObject"], resources=[reports.arn_for_objects(f"{PREFIX}*")])
        allow_key(self.worker.role, self._key, "s3")
        rollback.journal.allow_operating(self.worker.role)
        self._grant_site(rollback)
        acknowledge(
            self.worker.role,
            "The release's stack, records below one prefix, files of the one site, and the policy of its headers: "
            "what ends these ARNs is known only later",
            SECURITY,
            *wildcards(
                "Resource::...:stack/.../*",
                f"Resource::.../{PREFIX}*",
                "Resource::...SiteAssets.../*",
                "Resource::...:response-headers-policy/*",
            ),
        )

    def _grant_site(self, rollback: RollbackScope) -> None:
        """Restoring files of the one bucket, and telling the one distribution."""
        bucket, stack = rollback.site_bucket, Stack.of(self)
        self.worker.allow(actions=["s3:ListBucketVersions"], resources=[bucket.bucket_arn])
        # Deleting adds a marker: no version is ever removed.
        self.worker.allow(
            actions=["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject"],
            resources=[bucket.arn_for_objects("*")],
        )
        distribution = stack.format_arn(
            service="cloudfront", region="", resource="distribution", resource_name=rollback.distribution_id
        )
        self.worker.allow(
            actions=["cloudfront:GetDistributionConfig", "cloudfront:CreateInvalidation"], resources=[distribution]
        )
        # The policy's id is in the distribution's configuration, and changes with it.
        policies = stack.format_arn(
            service="cloudfront", region="", resource="response-headers-policy", resource_name="*"
        )
        self.worker.allow(
            actions=["cloudfront:GetResponseHeadersPolicyConfig", "cloudfront:UpdateResponseHeadersPolicy"],
            resources=[policies],
        )

    def _grant_machine(self, rollback: RollbackScope, topic: sns.ITopic) -> None:
        parameter = Stack.of(self).format_arn(
            service="ssm", resource="parameter", resource_name=rollback.hold_parameter.removeprefix("/")
        )
        for action, resource in {
            "lambda:InvokeFunction": self.worker.alias.function_arn,
            "ssm:PutParameter": parameter,
            "sns:Publish": topic.topic_arn,
        }.items():
            self.role.add_to_policy(iam.PolicyStatement(actions=[action], resources=[resource]))
        allow_key(self.role, self._key, "sns")

    def _arn(self, service: str, resource: str, name: str) -> str:
        return Stack.of(self).format_arn(
            service=service, resource=resource, resource_name=name, arn_format=ArnFormat.COLON_RESOURCE_NAME
        )
