"""What the pipelines' own stacks consist of: for CloudFormation in the account that the pipelines live in."""

from __future__ import annotations

from typing import Any, Final

from delivery.roles import PREFIX
from delivery.settings import load_settings
from ops.bootstrap.environment_grants import SUBSCRIPTIONS
from ops.bootstrap.grant import Grant, arn, aws, tags

# Those that other accounts trust by name, and those of CDK Pipelines' actions, `Acinaces-main-Pipeline-…`.
_ROLES: Final = (
    arn("iam", f"role/{PREFIX}*", region=""),
    arn("iam", "role/Acinaces-*-Pipeline-*", region=""),
)
# A role beyond the boundary cannot be made or changed, where there is one.
_BOUNDARY: Final = load_settings().permissions_boundary
_WITHIN: Final[dict[str, Any]] = (
    {"StringEquals": {"iam:PermissionsBoundary": arn("iam", f"policy/{_BOUNDARY}", region="")}} if _BOUNDARY else {}
)

PIPELINE: Final = (
    Grant(
        types=aws("CodePipeline::Pipeline"),
        actions=("codepipeline:*Pipeline*", "codepipeline:*ableStageTransition", *tags("codepipeline")),
        resources=(arn("codepipeline", "acinaces-*"),),
    ),
    Grant(
        types=aws("CodeBuild::Project"),
        actions=("codebuild:*Project*",),
        # Two of the projects, which CDK makes, are called by CloudFormation, with or without the stack's name.
        resources=(
            arn("codebuild", "project/acinaces-*"),
            arn("codebuild", "project/Pipeline*"),
            arn("codebuild", "project/Acinaces-*-Pipeline-*"),
        ),
    ),
    Grant(
        types=aws("CodePipeline::Pipeline", "CodeBuild::Project"),
        actions=("codeconnections:PassConnection", "codestar-connections:PassConnection"),
        resources=(arn("codeconnections", "connection/*"), arn("codestar-connections", "connection/*")),
    ),
    Grant(
        types=aws("CodeStarNotifications::NotificationRule"),
        actions=("codestar-notifications:*",),
        resources=(arn("codestar-notifications", "notificationrule/*"),),
    ),
    Grant(
        types=aws("IAM::Policy", "IAM::Role"),
        actions=(
            "iam:CreateRole",
            "iam:DeleteRolePolicy",
            "iam:PutRolePermissionsBoundary",
            "iam:PutRolePolicy",
        ),
        resources=_ROLES,
        conditions=_WITHIN,
    ),
    Grant(
        types=aws("IAM::Role"),
        # The handler of roles asks for both; the one policy that a role may get writes a function's log.
        actions=("iam:AttachRolePolicy", "iam:DetachRolePolicy"),
        resources=_ROLES,
        conditions={
            "ArnLike": {
                "iam:PolicyARN": arn("iam", "policy/service-role/AWSLambdaBasicExecutionRole", region="", account="aws")
            }
        },
    ),
    Grant(
        types=aws("IAM::Policy", "IAM::Role"),
        actions=(
            "iam:DeleteRole",
            "iam:GetRole",
            "iam:GetRolePolicy",
            "iam:List*",
            "iam:TagRole",
            "iam:UntagRole",
            "iam:UpdateAssumeRolePolicy",
            "iam:UpdateRole",
            "iam:UpdateRoleDescription",
        ),
        resources=_ROLES,
    ),
    Grant(
        types=aws("CodeBuild::Project", "CodePipeline::Pipeline"),
        actions=("iam:PassRole",),
        resources=_ROLES,
        conditions={"StringEquals": {"iam:PassedToService": ["codebuild.amazonaws.com", "codepipeline.amazonaws.com"]}},
    ),
    Grant(
        types=aws("S3::Bucket", "S3::BucketPolicy"),
        actions=("s3:*Bucket*", "s3:*Configuration"),
        resources=("arn:${AWS::Partition}:s3:::acinaces-*",),
    ),
    Grant(
        types=aws("KMS::Alias", "KMS::Key"),
        actions=(
            "kms:*Alias",
            "kms:CreateGrant",
            "kms:Decrypt",
            "kms:Describe*",
            "kms:EnableKey*",
            "kms:GenerateDataKey*",
            "kms:Get*",
            "kms:ListResourceTags",
            "kms:PutKeyPolicy",
            "kms:RetireGrant",
            "kms:RevokeGrant",
            "kms:ScheduleKeyDeletion",
            "kms:TagResource",
            "kms:UntagResource",
            "kms:UpdateKeyDescription",
        ),
        # The account is the pipelines' own.
        resources=(arn("kms", "key/*"), arn("kms", "alias/*")),
    ),
    Grant(types=aws("KMS::Alias", "KMS::Key"), actions=("kms:CreateKey", "kms:ListAliases"), resources=("*",)),
    Grant(
        types=aws("SNS::Subscription", "SNS::Topic", "SNS::TopicPolicy"),
        actions=("sns:*Topic*", "sns:*Subscription*", "sns:GetDataProtectionPolicy", "sns:Subscribe", *tags("sns")),
        resources=(arn("sns", "Acinaces-*"),),
    ),
    Grant(types=aws("SNS::Subscription"), actions=SUBSCRIPTIONS, resources=("*",)),
    Grant(types=aws("Logs::LogGroup"), actions=("logs:*LogDelivery*", "logs:*ResourcePolic*"), resources=("*",)),
    Grant(
        types=(),
        actions=("cloudformation:DescribeStacks",),
        resources=(arn("cloudformation", "stack/Acinaces-*/*"),),
    ),
    Grant(
        types=aws("Logs::LogGroup"),
        actions=(
            "logs:AssociateKmsKey",
            "logs:CreateLogGroup",
            "logs:DeleteLogGroup",
            "logs:DeleteRetentionPolicy",
            "logs:DescribeIndexPolicies",
            "logs:DescribeLogGroups",
            "logs:DisassociateKmsKey",
            "logs:GetDataProtectionPolicy",
            "logs:PutRetentionPolicy",
            *tags("logs"),
        ),
        resources=(arn("logs", "log-group:*"),),
    ),
    Grant(types=(), actions=("ssm:GetParameters",), resources=(arn("ssm", "parameter/cdk-bootstrap/*"),)),
    Grant(
        types=(),
        actions=("s3:GetObject", "s3:GetObjectVersion"),
        resources=("arn:${AWS::Partition}:s3:::cdk-*-assets-${AWS::AccountId}-*/*",),
    ),
)
