"""A secret that Secrets Manager makes up itself, and nobody types."""

from __future__ import annotations

from typing import Final

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager

from constructs import Construct
from constructs.acknowledge import SECURITY, acknowledge

NO_ROTATION: Final = ("AwsSolutions-SMG4", "NIST.800.53.R5-SecretsManagerRotationEnabled")


class GeneratedSecret(secretsmanager.Secret):
    """The secret string is the value itself: `length` letters and digits. unscheduled: why nothing rotates it here."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        secret_name: str,
        description: str,
        length: int,
        encryption_key: kms.IKey,
        removal_policy: RemovalPolicy,
        unscheduled: str = "Rotated by a schedule of the Operations stack: what has the secret comes after this one",
    ) -> None:
        super().__init__(
            scope,
            id,
            secret_name=secret_name,
            description=description,
            encryption_key=encryption_key,
            # Letters and digits only: API Gateway and Redis AUTH each refuse other punctuation.
            generate_secret_string=secretsmanager.SecretStringGenerator(
                password_length=length, exclude_punctuation=True
            ),
            removal_policy=removal_policy,
        )
        acknowledge(self, unscheduled, SECURITY, *NO_ROTATION)
