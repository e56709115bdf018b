"""What a run of checks may do, group by group. It reads; what it removes are rows that it made itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager

from constructs.acknowledge import SECURITY, acknowledge, wildcards
from constructs.key_access import allow_key
from constructs.secret_access import allow_reading
from constructs.test_alert import TestAlert

# Every id that a run creates starts so; it may remove nothing else.
OWN_KEYS: Final = "smoke-*"


class VerificationAccess:
    """Adds statements to `role`; each method covers the checks of the groups that it names."""

    def __init__(self, role: iam.Role) -> None:
        self._role = role
        self._stack = Stack.of(role)

    def plan_and_reports(self, *, bucket: s3.IBucket, key: kms.IKey, plan_key: str, prefix: str) -> None:
        """Reading the stored plan, storing reports."""
        self._allow("s3:GetObject", on=[bucket.arn_for_objects(plan_key)])
        self._allow("s3:PutObject", on=[bucket.arn_for_objects(f"{prefix}*")])
        self._acknowledge("Writes its own reports: one bucket, one prefix", f"Resource::.../{prefix}*")
        allow_key(self._role, key, "s3")

    def release(self, *, bucket: s3.IBucket, key: kms.IKey, manifest: str) -> None:
        """Reading what serves: its manifest, below the SSM path `manifest`, and its plan and history."""
        path = self._stack.format_arn(service="ssm", resource="parameter", resource_name=manifest.lstrip("/"))
        self._allow("ssm:GetParametersByPath", on=[path])
        self._allow("s3:GetObject", on=[bucket.arn_for_objects("releases/*")])
        self._acknowledge("Reads what was released: one bucket, one prefix", "Resource::.../releases/*")
        allow_key(self._role, key, "s3")

    def api(self, *, key: secretsmanager.ISecret, api_id: str, stage: str) -> None:
        """*api*, *data*, *performance* and *security*: with the API's key; the stage's limits."""
        allow_reading(self._role, key)
        self._allow("apigateway:GET", on=[self._api_gateway(f"restapis/{api_id}/stages/{stage}")])

    def own_rows(self, *, tables: Iterable[dynamodb.ITable], key: kms.IKey) -> None:
        """*smoke*, *trading* and *security* look at the rows that they made, and remove them."""
        self._allow(
            "dynamodb:DeleteItem",
            "dynamodb:GetItem",
            on=[table.table_arn for table in tables],
            when={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [OWN_KEYS]}},
        )
        allow_key(self._role, key, "dynamodb")

    def site(self, *, distribution_id: str, buckets: Sequence[s3.IBucket]) -> None:
        """*site*, *tls* and *security*: the distribution, and whether buckets are public."""
        distribution = self._stack.format_arn(
            service="cloudfront", region="", resource="distribution", resource_name=distribution_id
        )
        self._allow("cloudfront:GetDistribution", on=[distribution])
        # The first of them also answers for the setting "public access block".
        actions = ("s3:GetBucketPublicAccessBlock", "s3:GetBucketPolicyStatus")
        self._allow(*actions, on=[bucket.bucket_arn for bucket in buckets])

    def names(self, *, zone_id: str, api_domain: str, certificates: Sequence[str]) -> None:
        """*dns* and *tls*."""
        zone = self._stack.format_arn(
            service="route53", region="", account="", resource="hostedzone", resource_name=zone_id
        )
        self._allow("route53:GetHostedZone", "route53:ListResourceRecordSets", on=[zone])
        # Knows no resources.
        self._allow("route53:ListHostedZonesByName", on=["*"])
        self._allow("apigateway:GET", on=[self._api_gateway(f"domainnames/{api_domain}")])
        self._allow("acm:DescribeCertificate", on=certificates)

    def network(self) -> None:
        """*security*: whether a security group is open to everybody."""
        # Knows no resources.
        self._allow("ec2:DescribeSecurityGroups", on=["*"])

    def signals(self, *, functions: str, logged: Sequence[str], access_log: str, dashboards: Sequence[str]) -> None:
        """*monitoring*: alarms, dashboards, traces and logs.

        functions: names as one pattern; only settings are read of them, and a role holds 10,240 characters.
        logged: names of those whose logs are read.
        """
        arn, colon = self._stack.format_arn, ArnFormat.COLON_RESOURCE_NAME
        live = arn(service="lambda", resource="function", resource_name=f"{functions}:live", arn_format=colon)
        self._allow("lambda:GetFunctionConfiguration", on=[live])
        # As CloudWatch Logs wants it: everything in the group.
        counted, *written = (
            arn(service="logs", resource="log-group", resource_name=f"{group}:*", arn_format=colon)
            for group in (access_log, *(f"/aws/lambda/{name}" for name in logged))
        )
        self._allow("logs:DescribeMetricFilters", on=[counted])
        self._allow("logs:FilterLogEvents", on=[counted, *written])
        self._allow(
            "cloudwatch:GetDashboard",
            on=[arn(service="cloudwatch", region="", resource="dashboard", resource_name=name) for name in dashboards],
        )
        # The first takes no resource where composite alarms are among them; the second knows none.
        self._allow("cloudwatch:DescribeAlarms", "xray:GetTraceSummaries", on=["*"])
        self._acknowledge(
            "Reads settings and logs of the environment's own functions, and the log of its API",
            *("Resource::...:function:...*:live", "Resource::...:log-group:/aws/...:*"),
        )

    def alerts(self, *, test: TestAlert, topics: Sequence[str]) -> None:
        """*monitoring*: who is subscribed, and whether an alarm arrives that is raised for a test."""
        self._allow("sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic", on=[*topics, test.topic.topic_arn])
        # Knows no resources.
        self._allow("sns:GetSubscriptionAttributes", on=["*"])
        self._allow("cloudwatch:SetAlarmState", on=[test.alarm.alarm_arn])
        self._allow("sqs:DeleteMessage", "sqs:ReceiveMessage", on=[test.queue.queue_arn])

    def backups(self, *, vault: str, tables: str) -> None:
        """*recovery*. `vault`: its ARN; `tables`: names of what is in it, as one pattern."""
        self._allow("backup:DescribeBackupVault", "backup:ListRecoveryPointsByBackupVault", on=[vault])
        # A recovery point has an ARN of AWS Backup's own, or one below its table's; either is made when it is.
        arn = self._stack.format_arn
        own = arn(
            service="backup", resource="recovery-point", resource_name="*", arn_format=ArnFormat.COLON_RESOURCE_NAME
        )
        below = arn(service="dynamodb", resource="table", resource_name=f"{tables}/backup/*")
        self._allow("backup:GetRecoveryPointRestoreMetadata", on=[own, below])
        self._acknowledge(
            "Reads how a backup would be restored; each gets its ARN when it is made, every night",
            *("Resource::...:recovery-point:*", "Resource::...:table/...*/backup/*"),
        )

    def _api_gateway(self, path: str) -> str:
        return self._stack.format_arn(
            service="apigateway", account="", resource=f"/{path}", arn_format=ArnFormat.NO_RESOURCE_NAME
        )

    def _allow(self, *actions: str, on: Sequence[str], when: Mapping[str, Any] | None = None) -> None:
        self._role.add_to_policy(
            iam.PolicyStatement(actions=list(actions), resources=list(on), conditions=dict(when or {}))
        )

    def _acknowledge(self, reason: str, *findings: str) -> None:
        acknowledge(self._role, reason, SECURITY, *wildcards(*findings))
