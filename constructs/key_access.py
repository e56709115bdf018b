"""Use of a key by way of one service alone; calls to KMS itself are not among it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from constructs.acknowledge import SECURITY, acknowledge, wildcards

READ: Final = ("kms:Decrypt",)
# What S3, SNS and Secrets Manager ask for where something is written.
STORE: Final = ("kms:Decrypt", "kms:GenerateDataKey")
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
TABLE: Final = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")


def allow_key(role: iam.Role, key: kms.IKey | None, service: str, *, actions: Sequence[str] = STORE) -> None:
    """Lets `role` use `key` where `service` (`s3`, `dynamodb`, …) asks for it in the role's name.

    On the role's side alone: `key.grant` may write the role into the key's policy, and the key is another stack's.
    """
    if key is None:
        return
    role.add_to_policy(
        iam.PolicyStatement(
            actions=list(actions),
            resources=[key.key_arn],
            conditions={"StringEquals": {"kms:ViaService": f"{service}.{Stack.of(role).region}.amazonaws.com"}},
        )
    )
    if actions == TABLE:
        acknowledge(
            role,
            "Two variants of one operation each, on the data key alone: what DynamoDB asks of its callers",
            SECURITY,
            *wildcards("Action::kms:GenerateDataKey*", "Action::kms:ReEncrypt*"),
        )
