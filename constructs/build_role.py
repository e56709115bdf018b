"""What a pipeline's builds may do: read what they need of its artefacts, log, report, and take the roles named."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3

from constructs import Construct
from constructs.acknowledge import SECURITY, acknowledge, wildcards


class BuildRole(Construct):
    """`role`, called `name`, for projects called `{projects}*`. CDK adds nothing to it: several projects share it.

    reads, writes: the artefacts, as patterns of keys in `artifacts`. may_take: ARNs of roles, of whatever account.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        projects: str,
        log: logs.ILogGroup,
        artifacts: s3.IBucket,
        key: kms.IKey,
        reads: Sequence[str],
        writes: Sequence[str] = (),
        connection_arn: str,
        may_take: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, id)
        self._role = iam.Role(self, "Role", role_name=name, assumed_by=iam.ServicePrincipal("codebuild.amazonaws.com"))
        self._allow("logs:CreateLogStream", "logs:PutLogEvents", on=[log.log_group_arn])
        objects = artifacts.arn_for_objects
        self._allow("s3:GetObject", "s3:GetObjectVersion", on=[objects(keys) for keys in reads])
        if writes:
            self._allow("s3:PutObject", on=[objects(keys) for keys in writes])
        self._allow("s3:GetBucketLocation", "s3:ListBucket", on=[artifacts.bucket_arn])
        self._allow("kms:Decrypt", "kms:GenerateDataKey", on=[key.key_arn])
        # The clone of the sources: one repository's, by the connection.
        self._allow(use_connection(connection_arn), on=[connection_arn])
        reports = Stack.of(self).format_arn(
            service="codebuild",
            resource="report-group",
            resource_name=f"{projects}*",
            arn_format=ArnFormat.SLASH_RESOURCE_NAME,
        )
        self._allow(
            "codebuild:BatchPutTestCases",
            "codebuild:CreateReport",
            "codebuild:CreateReportGroup",
            "codebuild:UpdateReport",
            on=[reports],
        )
        acknowledge(
            self,
            "Artefacts of one name in one bucket, and reports of projects that are called after the pipeline",
            SECURITY,
            *wildcards("Resource::<....Arn>/...*", f"Resource::...:report-group/{projects}*"),
        )
        if may_take:
            self._allow("sts:AssumeRole", on=may_take)
        self.role: iam.IRole = self._role.without_policy_updates()

    def _allow(self, *actions: str, on: Sequence[str]) -> None:
        self._role.add_to_policy(iam.PolicyStatement(actions=list(actions), resources=list(on)))


def use_connection(connection_arn: str) -> str:
    """The action on a connection of this ARN: the service has two prefixes, and an action only covers ARNs of its own.

    https://docs.aws.amazon.com/dtconsole/latest/userguide/rename.html
    """
    return f"{connection_arn.split(':')[2]}:UseConnection"
