"""Rotation of the platform's own secrets, and the alarms on credentials."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs
from syrupy.assertion import SnapshotAssertion

from constructs import Construct
from constructs.credential_alarms import CredentialAlarms
from constructs.secret_rotation import CredentialAges, RotatedCache, RotatedKey, SecretRotation
from tests.snapshot.test_operations_constructs import KEY_ARN, platform
from tests.snapshot.test_release_constructs import alarms, alerting, physical_name
from tests.support.snapshots import template_of


def secret(scope: Construct, name: str) -> secretsmanager.ISecret:
    return secretsmanager.Secret.from_secret_attributes(
        scope,
        name,
        secret_complete_arn=f"arn:aws:secretsmanager:eu-central-1:123456789012:secret:demo/{name}-AbCdEf",
        encryption_key=kms.Key.from_key_arn(scope, f"{name}Key", KEY_ARN),
    )


def test_secret_rotation(snapshot: SnapshotAssertion, tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text("", encoding="utf-8")

    def build(scope: Construct) -> None:
        SecretRotation(
            scope,
            "Rotation",
            function_name="demo-rotation",
            environment_name="demo",
            package=tmp_path,
            platform=platform(scope),
            ages=CredentialAges(max_age_days=90, rotation_days=30, overlap_hours=72),
            api_key=RotatedKey(secret=secret(scope, "api-key"), api_name="demo-api", usage_plan_id="plan"),
            cache=RotatedCache(
                secret=secret(scope, "redis-auth"), group_id="demo-redis", tls=True, client="demo-health"
            ),
            watched=[secret(scope, "kraken"), secret(scope, "openai")],
            watch=True,
            undelivered=sqs.Queue.from_queue_arn(scope, "Queue", "arn:aws:sqs:eu-central-1:123456789012:demo"),
        )

    assert template_of(build) == snapshot


def test_credential_alarms(snapshot: SnapshotAssertion) -> None:
    def build(scope: Construct) -> None:
        CredentialAlarms(
            scope,
            "Alarms",
            physical_name=physical_name,
            environment_name="demo",
            rotation=lambda_.Function.from_function_name(scope, "Rotation", "demo-rotation"),
            alerting=alerting(scope),
        )

    assert alarms(template_of(build)) == snapshot
