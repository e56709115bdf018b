"""Permission to read a secret, given on the reader's side alone."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager

from constructs.key_access import READ, allow_key


def allow_reading(role: iam.Role, secret: secretsmanager.ISecret) -> None:
    """Lets `role` read `secret` and decrypt it by way of Secrets Manager.

    `secret.grant_read` would write the role into the key's policy; the key belongs to another stack, which would then
    depend on this one.
    """
    role.add_to_policy(iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=[secret.secret_arn]))
    allow_key(role, secret.encryption_key, "secretsmanager", actions=READ)
