"""A customer-managed KMS key that rotates and has a readable name."""

from __future__ import annotations

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from constructs import Construct


class EncryptionKey(kms.Key):
    """Who may use the key is said where it is used; the account's own policies decide about everybody else."""

    def __init__(
        self, scope: Construct, id: str, *, key_alias: str, description: str, removal_policy: RemovalPolicy
    ) -> None:
        super().__init__(
            scope,
            id,
            alias=key_alias,
            description=description,
            enable_key_rotation=True,
            removal_policy=removal_policy,
        )

    def allow_logs(self) -> None:
        """Lets CloudWatch Logs of this region encrypt log groups of this account; no log group takes the key without.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        """
        groups = Stack.of(self).format_arn(service="logs", resource="log-group:*")
        self.add_to_resource_policy(
            iam.PolicyStatement(
                sid="LogGroups",
                principals=[iam.ServicePrincipal(f"logs.{Stack.of(self).region}.amazonaws.com")],
                actions=["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
                resources=["*"],
                conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
            )
        )
