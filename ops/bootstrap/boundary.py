"""The permissions boundary: what no role of the platform can do, whatever a template gives it.

A ceiling, not a grant: a role may do what its policies allow and this allows. So services are listed whole, and what
would destroy state, hide tracks or make more rights is denied by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ops.bootstrap.grant import arn

SERVICES: Final = (
    "acm",
    "apigateway",
    "backup",
    "cloudformation",
    "cloudfront",
    "cloudwatch",
    "dynamodb",
    "ec2",
    "elasticache",
    "events",
    "kms",
    "lambda",
    "logs",
    "route53",
    "s3",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "states",
    "tag",
    "timestream",
    "xray",
)
DENIED: Final = (
    "backup:DeleteBackupVault*",
    "backup:PutBackupVaultAccessPolicy",
    "cloudformation:Create*",
    "cloudformation:Delete*",
    # A function protects stacks: constructs.protection.
    "cloudformation:UpdateStack*",
    "dynamodb:DeleteTable",
    "ec2:RunInstances",
    "elasticache:Delete*",
    "iam:*",
    "kms:DisableKey",
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "lambda:AddPermission",
    "lambda:CreateFunction*",
    "logs:DeleteLogGroup",
    "logs:DeleteLogStream",
    "organizations:*",
    "s3:DeleteBucket*",
    "secretsmanager:DeleteSecret",
    "secretsmanager:PutResourcePolicy",
    "sts:AssumeRole*",
)
# What deletes a backup: the role of the backups alone does so, when one has expired.
OF_BACKUPS: Final = ("backup:DeleteRecoveryPoint", "dynamodb:DeleteBackup")
_BACKUP_ROLE: Final = arn("iam", "role/Acinaces-*-Data-BackupRole*", region="")

# The roles of a pipeline: they read and write artefacts, build, and take the roles of other accounts.
PIPELINE_ALLOWED: Final = (
    "cloudformation:Describe*",
    "codebuild:*",
    "codeconnections:UseConnection",
    "codestar-connections:UseConnection",
    "kms:*",
    "logs:*",
    "s3:*",
    "sns:Publish",
    "sts:AssumeRole",
)
PIPELINE_DENIED: Final = (
    "codebuild:CreateProject",
    "codebuild:DeleteProject",
    "codebuild:UpdateProject*",
    "kms:DisableKey",
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "logs:DeleteLogGroup",
    "logs:DeleteLogStream",
    "s3:DeleteBucket*",
    "s3:PutBucketPolicy",
)


def boundary_document() -> dict[str, Any]:
    """Of the roles of an environment."""
    found = _document([f"{name}:*" for name in SERVICES], DENIED)
    found["Statement"].append(
        {
            "Sid": "Backups",
            "Effect": "Deny",
            "Action": list(OF_BACKUPS),
            "Resource": "*",
            "Condition": {"ArnNotLike": {"aws:PrincipalArn": {"Fn::Sub": _BACKUP_ROLE}}},
        }
    )
    return found


def pipeline_boundary_document() -> dict[str, Any]:
    """Of the roles of a pipeline."""
    return _document(PIPELINE_ALLOWED, PIPELINE_DENIED)


def _document(allowed: Sequence[str], denied: Sequence[str]) -> dict[str, Any]:
    """As IAM reads it."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "Ceiling", "Effect": "Allow", "Action": list(allowed), "Resource": "*"},
            {"Sid": "Never", "Effect": "Deny", "Action": list(denied), "Resource": "*"},
        ],
    }
