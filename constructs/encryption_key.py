"""A customer-managed KMS key that rotates and has a readable name."""

from __future__ import annotations

from aws_cdk import RemovalPolicy
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
