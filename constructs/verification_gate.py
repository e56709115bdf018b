"""The gate: a custom resource that runs the check plan against what was just released, and fails the release with it.

What it must never do, and how that is kept, stands in `lambda_src/verification/gate.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_ssm as ssm

from constructs import Construct, IDependable
from constructs.acknowledge import SECURITY, acknowledge, wildcards
from constructs.custom_resource_function import CustomResourceFunction
from constructs.journal_table import JournalTable
from constructs.key_access import TABLE, allow_key
from constructs.plan_asset import PlanAsset
from constructs.secret_access import allow_reading
from constructs.versioned_function import FunctionPlatform

ENTRY = "lambda_src.verification.gate.on_event"
SCHEMA_VERSION = "1"
REPORT_PREFIX = "releases/"
# Every id that a smoke run creates starts so; the gate may remove nothing else.
SMOKE_KEYS = "smoke-*"


@dataclass(frozen=True, kw_only=True)
class GatePlan:
    """What to check: the release's digest, the plan as JSON, and a value that forces a run although nothing changed."""

    environment: str
    release_id: str
    plan: str
    force: str | None = None


@dataclass(frozen=True, kw_only=True)
class Served:
    """What is written into the journal as serving. `functions`: their physical names."""

    journal: JournalTable
    functions: Sequence[str]
    alias: str
    site: s3.IBucket


class VerificationGate(Construct):
    """Runs when `release_id` or the plan changes; everything in `after` is deployed before.

    `contents` says what is released (commit, digests of assets), for the report.
    `verdict`, `summary` and `report_key` are CloudFormation attributes of the run.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        plan: GatePlan,
        package: Path,
        platform: FunctionPlatform,
        timeout: Duration,
        reports: s3.IBucket,
        api_key: secretsmanager.ISecret,
        contents: Sequence[ssm.StringParameter],
        served: Served,
        smoke_tables: Mapping[str, dynamodb.ITable],
        after: Sequence[IDependable],
    ) -> None:
        super().__init__(scope, id)
        self._function = CustomResourceFunction(
            self,
            "Function",
            entry=ENTRY,
            description="Verifies a release; a failing check rolls it back",
            package=package,
            platform=platform,
            timeout=timeout,
        )
        self.role = self._function.role
        self._grant(reports, api_key, smoke_tables)
        self._function.allow(actions=["ssm:GetParameter"], resources=[part.parameter_arn for part in contents])
        self._allow_journal(served)
        asset = PlanAsset(self, "Plan", plan=plan.plan)
        asset.grant_read(self.role)
        self.resource = self._function.resource(
            self,
            "Resource",
            resource_type="Custom::VerificationGate",
            properties={**self._properties(plan, reports, contents), **asset.properties, **self._served(served)},
        )
        self.resource.node.add_dependency(*after, *contents)
        self.verdict = self.resource.get_att_string("Verdict")
        self.summary = self.resource.get_att_string("Summary")
        self.report_key = self.resource.get_att_string("ReportKey")

    def _properties(
        self, plan: GatePlan, reports: s3.IBucket, contents: Sequence[ssm.StringParameter]
    ) -> dict[str, str]:
        properties = {
            "SchemaVersion": SCHEMA_VERSION,
            "Environment": plan.environment,
            "ReleaseId": plan.release_id,
            "StackName": Stack.of(self).stack_name,
            "ReportBucket": reports.bucket_name,
            "ReportPrefix": REPORT_PREFIX,
            # Read when the gate runs, and no part of what makes it run: a commit alone releases nothing.
            "ContentsParameter": contents[0].parameter_name,
        }
        return {**properties, "Force": plan.force} if plan.force else properties

    def _served(self, served: Served) -> dict[str, Any]:
        return {
            "Journal": served.journal.table.table_name,
            "Functions": list(served.functions),
            "Alias": served.alias,
            "SiteBucket": served.site.bucket_name,
        }

    def _allow_journal(self, served: Served) -> None:
        served.journal.allow_appending(self._function.role)
        stack = Stack.of(self)
        self._function.allow(
            actions=["lambda:GetAlias"],
            resources=[
                stack.format_arn(
                    service="lambda",
                    resource="function",
                    resource_name=name,
                    arn_format=ArnFormat.COLON_RESOURCE_NAME,
                )
                for name in served.functions
            ],
        )
        self._function.allow(actions=["s3:ListBucketVersions"], resources=[served.site.bucket_arn])

    def _grant(
        self, reports: s3.IBucket, api_key: secretsmanager.ISecret, smoke_tables: Mapping[str, dynamodb.ITable]
    ) -> None:
        self._function.allow_describing_own_stack()
        allow_reading(self._function.role, api_key)
        # Reading: the same event delivered twice is answered from the report that the first run wrote.
        self._function.allow(
            actions=["s3:PutObject", "s3:GetObject"], resources=[reports.arn_for_objects(f"{REPORT_PREFIX}*")]
        )
        acknowledge(
            self._function.role,
            "Writes and finds its own reports: one bucket, one prefix",
            SECURITY,
            *wildcards(f"Resource::.../{REPORT_PREFIX}*"),
        )
        # Without it S3 answers 403 instead of 404 for a report that is not there yet.
        self._function.allow(actions=["s3:ListBucket"], resources=[reports.bucket_arn])
        self._function.allow(
            actions=["dynamodb:DeleteItem", "dynamodb:GetItem"],
            resources=[table.table_arn for table in smoke_tables.values()],
            conditions={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [SMOKE_KEYS]}},
        )
        allow_key(self._function.role, reports.encryption_key, "s3")
        for key in {table.encryption_key for table in smoke_tables.values()}:
            allow_key(self._function.role, key, "dynamodb", actions=TABLE)
