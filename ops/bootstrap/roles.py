"""Roles by which something outside an environment's account comes in: the pipeline's preflight, GitHub's workflow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from delivery.checks import GITHUB_ROLE, PREFLIGHT_ROLE
from environments import Environment
from ops.bootstrap.grant import arn

_GITHUB: Final = "token.actions.githubusercontent.com"


def preflight_role(environment: Environment, *, trusted: list[dict[str, Any]]) -> dict[str, Any]:
    """Reads what doctor, the changes and the promotion ask. No value of a credential is among it."""
    name = environment.name
    statements = [
        _allow(
            "acm:DescribeCertificate",
            "acm:ListCertificates",
            "backup:ListBackupVaults",
            "backup:ListRecoveryPointsByBackupVault",
            "chatbot:DescribeSlackWorkspaces",
            "cloudformation:DescribeStacks",
            "cloudformation:ListStackResources",
            "cloudfront:ListDistributions",
            "cloudwatch:DescribeAlarms",
            "cloudwatch:GetMetricStatistics",
            "dynamodb:ListTables",
            "ec2:DescribeAddresses",
            "ec2:DescribeAvailabilityZones",
            "ec2:DescribeNatGateways",
            "ec2:DescribeRegions",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs",
            "lambda:GetAccountSettings",
            "logs:DescribeLogGroups",
            "route53:GetHostedZone",
            "route53:ListHostedZones",
            "route53:ListHostedZonesByName",
            "route53:ListResourceRecordSets",
            "scheduler:ListScheduleGroups",
            "secretsmanager:ListSecrets",
            "servicequotas:GetAWSDefaultServiceQuota",
            "servicequotas:GetServiceQuota",
            on="*",
        ),
        _allow("apigateway:GET", on="arn:${AWS::Partition}:apigateway:*::/domainnames"),
        _allow("iam:ListAttachedRolePolicies", on=arn("iam", "role/cdk-*-cfn-exec-role-*", region="")),
        _allow("dynamodb:DescribeTable", on=arn("dynamodb", f"table/{environment.resource_name('*')}")),
        _allow(
            "cloudformation:DescribeStackResources",
            "cloudformation:GetTemplate",
            on=arn("cloudformation", f"stack/Acinaces-{name}-*/*"),
        ),
        _allow("secretsmanager:DescribeSecret", on=_secrets(environment)),
        _allow(
            "ssm:GetParameter",
            "ssm:GetParameters",
            "ssm:GetParametersByPath",
            on=[arn("ssm", f"parameter/acinaces/{name}/*"), arn("ssm", "parameter/cdk-bootstrap/*")],
        ),
        _allow("s3:GetObject", "s3:ListBucket", on="arn:${AWS::Partition}:s3:::cdk-*-assets-${AWS::AccountId}-*"),
        _allow("s3:GetObject", on="arn:${AWS::Partition}:s3:::cdk-*-assets-${AWS::AccountId}-*/*"),
    ]
    return _role(PREFLIGHT_ROLE.format(environment=name), trusted, statements)


def _secrets(environment: Environment) -> list[str]:
    """Those that doctor looks at: the environment's own, and the one with PagerDuty's address."""
    names = [f"{environment.name}/*", *([f"{found}-*"] if (found := environment.alerts.pagerduty_secret) else [])]
    return [arn("secretsmanager", f"secret:{name}") for name in names]


def github_provider() -> dict[str, Any]:
    """GitHub's issuer of tokens. AWS knows its certificate by itself."""
    return {
        "Type": "AWS::IAM::OIDCProvider",
        "Properties": {"Url": f"https://{_GITHUB}", "ClientIdList": ["sts.amazonaws.com"]},
    }


def github_role(environment: Environment, *, repository: str) -> dict[str, Any]:
    """For jobs of `repository` that GitHub has let into the GitHub environment of the same name, and for no others."""
    trusted = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": {"Ref": "GitHub"}},
        "Condition": {
            "StringEquals": {
                f"{_GITHUB}:aud": "sts.amazonaws.com",
                f"{_GITHUB}:sub": f"repo:{repository}:environment:{environment.name}",
            }
        },
    }
    # CDK's own roles do the rest; they exist after its bootstrap.
    taken = [arn("iam", f"role/cdk-{environment.aws.bootstrap_qualifier}-{kind}-*", region="") for kind in _CDK_ROLES]
    ours = [
        arn("iam", f"role/{PREFLIGHT_ROLE.format(environment=environment.name)}", region=""),
        arn("iam", f"role/{environment.name}-crypto-trading-validation", region=""),
    ]
    return _role(
        GITHUB_ROLE.format(environment=environment.name), [trusted], [_allow("sts:AssumeRole", on=taken + ours)]
    )


_CDK_ROLES: Final = ("deploy-role", "file-publishing-role")


def trust(account: str | dict[str, Any], condition: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A statement of trust in an account, or in the part of it that `condition` describes."""
    statement: dict[str, Any] = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": account}}
    return {**statement, "Condition": condition} if condition else statement


def _allow(*actions: str, on: str | list[str]) -> dict[str, Any]:
    resources = [{"Fn::Sub": one} if "${" in one else one for one in ([on] if isinstance(on, str) else on)]
    return {"Effect": "Allow", "Action": list(actions), "Resource": resources}


def _role(name: str, trusted: list[dict[str, Any]], statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": name,
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": trusted},
            "Policies": [
                {"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}},
            ],
        },
    }
