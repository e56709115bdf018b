"""Least privilege: what CloudFormation may do is what the templates need, and roles stay within the boundary."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import pytest

from delivery.roles import deploying
from delivery.settings import load_settings
from environments import Environment, known_environments, load_environment
from environments.progression import Pipeline
from ops.bootstrap import registry
from ops.bootstrap.account import Account, account_of, bootstrap_command, pipeline_account_of
from ops.bootstrap.boundary import DENIED, OF_BACKUPS, SERVICES, boundary_document
from ops.bootstrap.environment_grants import MANAGED
from ops.bootstrap.template import (
    ENVIRONMENT_GRANTS,
    PIPELINE_GRANTS,
    Grants,
    access_template,
    limited_trust,
    pipeline_access_template,
    types_of,
)
from ops.errors import OperatorError
from tests.support.pipeline_synthesis import PipelineSynthesis
from tests.support.synthesis import Synthesis

# Types with a grant that no committed environment uses: settings that an environment may switch on.
MARGIN = {"AWS::Timestream::Database": "data.timestream", "AWS::Route53::HostedZone": "no domain.zone_id"}
CUSTOM = ("Custom::", "AWS::CDK::", "AWS::CloudFormation::CustomResource")
# IAM takes so many characters without white space.
POLICY_LIMIT = 6144
# AWS's own policies of roles in the templates, as far as they matter: what the boundary must let through.
OF_MANAGED = {
    "dynamodb:StartAwsBackupJob",
    "dynamodb:RestoreTableFromAwsBackup",
    "backup:CopyIntoBackupVault",
    "tag:GetResources",
    "kms:CreateGrant",
    "logs:PutLogEvents",
    "logs:CreateLogGroup",
}


ACCOUNT, PIPELINES = "444400001111", "555500001111"


def production(**changes: Any) -> Environment:
    """As a person has entered it, with the strict bootstrap."""
    found = load_environment("production")
    assert found.pipeline
    entered = {
        "aws": found.aws.model_copy(update={"account": ACCOUNT, "permissions_boundary": "acinaces-boundary"}),
        "pipeline": found.pipeline.model_copy(update={"account": PIPELINES}),
    }
    return found.model_copy(update={**entered, **changes})


def types_in(template: dict[str, Any]) -> set[str]:
    return {r["Type"] for r in template["Resources"].values() if not r["Type"].startswith(CUSTOM)}


def test_every_type_of_every_environment_has_a_grant_and_no_grant_is_idle(
    synthesis_of: Callable[[str], Synthesis],
) -> None:
    syntheses = [synthesis_of(name) for name in known_environments()]
    used = {kind for synthesis in syntheses for template in synthesis.templates.values() for kind in types_in(template)}
    granted = set(types_of(ENVIRONMENT_GRANTS))
    assert used - granted == set(), "add it to ops/bootstrap/*_grants.py"
    assert granted - used <= set(MARGIN), "take it out of ops/bootstrap/*_grants.py"


def test_every_type_of_the_pipelines_has_a_grant(pipelines: PipelineSynthesis) -> None:
    stacks = ("Acinaces-main-Pipeline", "Acinaces-hotfix-Pipeline", "Acinaces-main-us-east-1-Artifacts")
    used = {kind for stack in stacks for kind in types_in(pipelines.template(stack))}
    assert used == set(types_of(PIPELINE_GRANTS))


@pytest.mark.parametrize("name", known_environments())
def test_names_of_resources_are_those_that_the_grants_are_for(
    name: str, synthesis_of: Callable[[str], Synthesis]
) -> None:
    """A resource whose physical name lies outside could not be made."""
    patterns = {
        "AWS::Lambda::Function": ("FunctionName", f"{name}-crypto-trading-*"),
        "AWS::DynamoDB::Table": ("TableName", f"{name}-crypto-trading-*"),
        "AWS::SecretsManager::Secret": ("Name", f"{name}/*"),
        "AWS::SSM::Parameter": ("Name", f"/acinaces/{name}/*"),
        "AWS::SNS::Topic": ("TopicName", f"{name}-crypto-trading-*"),
        "AWS::SQS::Queue": ("QueueName", f"{name}-crypto-trading-*"),
        "AWS::StepFunctions::StateMachine": ("StateMachineName", f"{name}-crypto-trading-*"),
        "AWS::CloudWatch::Alarm": ("AlarmName", f"{name}-crypto-trading-*"),
        "AWS::KMS::Alias": ("AliasName", f"alias/acinaces/{name}/*"),
        "AWS::IAM::Role": ("RoleName", f"{name}-crypto-trading-*"),
    }
    for where, resource in synthesis_of(name).resources().items():
        key, pattern = patterns.get(resource["Type"], ("", ""))
        value = resource.get("Properties", {}).get(key)
        if isinstance(value, str):
            assert fnmatchcase(value, pattern), where
        elif key in ("TableName", "Name", "AlarmName", "AliasName", "TopicName", "QueueName"):
            assert value is not None, f"{where}: CloudFormation would choose a name that no grant covers"


def test_no_policy_is_longer_than_iam_takes() -> None:
    longest = production(name="environment-name")
    for template in (access_template(longest, repository="o/r"), pipeline_access_template()):
        for name, resource in template["Resources"].items():
            if resource["Type"] == "AWS::IAM::ManagedPolicy":
                document = json.dumps(resource["Properties"]["PolicyDocument"], separators=(",", ":"))
                assert len(re.sub(r'\{"Fn::Sub":("[^"]*")\}', r"\1", document)) < POLICY_LIMIT, name


def test_nothing_is_allowed_without_limit() -> None:
    """Neither every action nor, for actions that change rights, every resource; and no role beyond the boundary."""
    for _, statement in statements(access_template(production(), repository="o/r"), "ExecutionApplication"):
        actions = statement["Action"]
        assert "*" not in actions
        if any(action.startswith("iam:") for action in actions):
            assert "*" not in statement["Resource"]
            gives = {"iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"} & set(actions)
            assert not gives or "iam:PermissionsBoundary" in json.dumps(statement["Condition"])


def statements(template: dict[str, Any], resource: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for statement in template["Resources"][resource]["Properties"]["PolicyDocument"]["Statement"]:
        yield resource, statement


@pytest.mark.parametrize("name", known_environments())
def test_every_role_has_the_boundary_and_needs_nothing_beyond_it(
    name: str, synthesis_of: Callable[[str], Synthesis]
) -> None:
    boundary = load_environment(name).aws.permissions_boundary
    for where, resource in synthesis_of(name).resources(prefix="AWS::IAM::").items():
        properties = resource["Properties"]
        if resource["Type"] == "AWS::IAM::Role":
            # Without the setting, plain `cdk bootstrap` is enough: nothing names what only `acinaces bootstrap` makes.
            expected = f":policy/{boundary}" if boundary else "null"
            assert expected in json.dumps(properties.get("PermissionsBoundary")), where
            for arn in properties.get("ManagedPolicyArns", []):
                assert json.dumps(arn).rstrip('"]}').rpartition("/")[2] in MANAGED, where
        documents = [properties.get("PolicyDocument"), *(p["PolicyDocument"] for p in properties.get("Policies", []))]
        for statement in (s for document in documents if document for s in document["Statement"]):
            if statement["Effect"] == "Allow":
                actions = statement["Action"]
                assert not [a for a in ([actions] if isinstance(actions, str) else actions) if not within(a)], where


def within(action: str) -> bool:
    """Whether the boundary lets `action` through; a wildcard must not reach what is denied."""
    denied = any(fnmatchcase(action, pattern) for pattern in (*DENIED, *OF_BACKUPS))
    return action.partition(":")[0] in SERVICES and not denied


def test_the_boundary_is_used_and_lets_awss_own_policies_work(synthesis_of: Callable[[str], Synthesis]) -> None:
    assert all(within(action) for action in OF_MANAGED)
    text = "".join(
        json.dumps(resource)
        for n in known_environments()
        for resource in synthesis_of(n).resources(prefix="AWS::IAM::").values()
    )
    idle = [name for name in SERVICES if f'"{name}:' not in text and name not in ("timestream", "tag")]
    assert not idle


def test_other_accounts_come_in_by_a_pipelines_roles_only() -> None:
    toolkit = {"Resources": {f"Role{index}": trusting() for index in range(4)}}
    names = deploying(load_settings(), production())
    for role in limited_trust(toolkit, account="555555555555", names=names)["Resources"].values():
        own, *others = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert "PrincipalArn" not in json.dumps(own)
        for statement in others:
            assert "*" not in json.dumps(statement)
            for name in names:
                assert f'"arn:aws:iam::555555555555:role/{name}"' in json.dumps(statement)


def trusting() -> dict[str, Any]:
    """A role as CDK's bootstrap has it."""
    external = {"Fn::If": ["Deny", {"Null": {"sts:ExternalId": "true"}}, {"Ref": "AWS::NoValue"}]}
    others = {"AWS": {"Ref": "TrustedAccounts"}}
    taking = {"Action": ["sts:AssumeRole"], "Effect": "Allow", "Principal": others, "Condition": external}
    tagging = {"Action": ["sts:TagSession"], "Effect": "Allow", "Principal": others}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {
                "Statement": [
                    {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"AWS": {"Ref": "AWS::AccountId"}}},
                    {"Fn::If": ["HasTrustedAccounts", taking, {"Ref": "AWS::NoValue"}]},
                    {"Fn::If": ["HasTrustedAccounts", tagging, {"Ref": "AWS::NoValue"}]},
                ]
            }
        },
    }


def test_another_template_of_cdk_is_noticed() -> None:
    with pytest.raises(ValueError, match="in 2 places only"):
        limited_trust({"Resources": {"Role": trusting()}}, account="555555555555", names=[])


def test_what_cdk_is_told() -> None:
    command = " ".join(bootstrap_command(account_of(production()), template="t.json"))
    assert "aws://444400001111/eu-central-1 aws://444400001111/us-east-1" in command
    assert "--trust 555500001111 --template t.json --termination-protection" in command
    assert "AdministratorAccess" not in command
    assert "policy/acinaces-execution-application,arn:aws:iam::444400001111:policy/acinaces-execution-" in command
    alone = bootstrap_command(account_of(load_environment("local")))
    assert "--trust" not in alone
    assert bootstrap_command(pipeline_account_of(production()))[2] == "aws://555500001111/eu-central-1"


def test_an_environment_without_a_pipeline_has_no_pipelines_account() -> None:
    with pytest.raises(OperatorError, match="local has no place in the pipeline"):
        pipeline_account_of(load_environment("local"))


def test_github_comes_in_for_one_repository_and_one_environment() -> None:
    place = Pipeline(order=1, account=PIPELINES, github_actions=True)
    resources = access_template(production(pipeline=place), repository="acinaces/platform")["Resources"]
    (trust,) = resources["GitHubRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:acinaces/platform:environment:production",
        }
    }
    assert "GitHubRole" not in access_template(production(), repository="acinaces/platform")["Resources"]


def test_the_preflight_reads_and_sees_no_credential() -> None:
    (policy,) = access_template(production(), repository="o/r")["Resources"]["Preflight"]["Properties"]["Policies"]
    actions = [action for statement in policy["PolicyDocument"]["Statement"] for action in statement["Action"]]
    # API Gateway's actions are named by HTTP's methods.
    assert all(action.partition(":")[2].startswith(("Describe", "Get", "GET", "List")) for action in actions)
    assert not {"secretsmanager:GetSecretValue", "kms:Decrypt", "dynamodb:GetItem"} & set(actions)


def allowed(grants: Grants, action: str) -> list[str]:
    """The resources on which some grant allows `action`."""
    given = (grant for some in grants.values() for grant in some)
    return [
        resource
        for grant in given
        if any(fnmatchcase(action.lower(), pattern.lower()) for pattern in grant.actions)
        for resource in grant.resources
    ]


def uncovered(grants: Grants, types: set[str]) -> list[str]:
    """Actions that the registry names for some type, that no grant covers and that are not listed as unused."""
    missing = []
    for kind, operation in itertools.product(sorted(types), ("create", "update", "delete")):
        for action in registry.needed(kind, operation):
            on = allowed(grants, action)
            if not on or (registry.is_unscoped(action) and "*" not in on):
                missing.append(f"{kind} {operation}: {action}")
    return missing


@pytest.mark.parametrize("name", known_environments())
def test_all_that_the_registry_names_is_granted_or_listed(name: str, synthesis_of: Callable[[str], Synthesis]) -> None:
    types = {kind for template in synthesis_of(name).templates.values() for kind in types_in(template)}
    assert uncovered(ENVIRONMENT_GRANTS, types) == [], "grant it, or say in ops/bootstrap/registry.toml why not"


def test_all_that_the_registry_names_for_the_pipelines_is_granted_or_listed(pipelines: PipelineSynthesis) -> None:
    stacks = ("Acinaces-main-Pipeline", "Acinaces-hotfix-Pipeline", "Acinaces-main-us-east-1-Artifacts")
    types = {kind for stack in stacks for kind in types_in(pipelines.template(stack))}
    assert uncovered(PIPELINE_GRANTS, types) == [], "grant it, or say in ops/bootstrap/registry.toml why not"


@pytest.mark.parametrize(
    "action",
    ["dynamodb:DescribeKinesisStreamingDestination", "ec2:DescribeNetworkAcls", "logs:GetDataProtectionPolicy"],
)
def test_what_was_forgotten_before_is_noticed(action: str) -> None:
    """Old defects: grants without one of the actions that handlers make on their own."""
    types = {"AWS::DynamoDB::Table", "AWS::EC2::VPC", "AWS::Logs::LogGroup"}
    fewer = {
        name: tuple(
            replace(grant, actions=tuple(one for one in grant.actions if not fnmatchcase(action, one)))
            for grant in some
        )
        for name, some in ENVIRONMENT_GRANTS.items()
    }
    assert any(action in missing for missing in uncovered(fewer, types))


def test_no_row_of_the_registrys_exceptions_is_idle(
    synthesis_of: Callable[[str], Synthesis], pipelines: PipelineSynthesis
) -> None:
    """A row about a type that is not used, or an action that no handler asks for, says something untrue."""
    templates = [t for name in known_environments() for t in synthesis_of(name).templates.values()]
    types = {
        kind for template in [*templates, pipelines.template("Acinaces-main-Pipeline")] for kind in types_in(template)
    }
    named = {
        (kind, action)
        for kind in types
        for step in ("create", "update", "delete")
        for action in registry.named(kind, step)
    }
    for row in registry.unused_rows():
        assert row["reason"]
        assert any(
            kind in row["types"] and fnmatchcase(action.lower(), row["action"].lower()) for kind, action in named
        ), row


def test_keys_and_trust_change_for_this_environment_only() -> None:
    """Neither `kms:*` nor a trust policy, on whatever there is in the account."""
    template = access_template(production(), repository="o/r")
    for name in ("ExecutionState", "ExecutionApplication"):
        for _, statement in statements(template, name):
            actions = statement["Action"]
            changes = [a for a in actions if a.startswith("kms:") and a not in ("kms:ListAliases", "kms:CreateAlias")]
            if (
                changes and "alias" not in json.dumps(statement["Resource"])
            ) or "iam:UpdateAssumeRolePolicy" in actions:
                text = json.dumps(statement.get("Condition", statement["Resource"])).replace(
                    "-production-*-Custom*", '"production"'
                )
                assert '"production"' in text or "kms:ViaService" in text, statement
            if "iam:PassRole" in actions:
                assert "iam:PassedToService" in json.dumps(statement["Condition"])


def test_keys_and_roles_are_tagged_as_the_conditions_ask(synthesis_of: Callable[[str], Synthesis]) -> None:
    for name in known_environments():
        for where, resource in synthesis_of(name).resources().items():
            # The roles of CDK's own custom resources take no tags.
            if resource["Type"] in ("AWS::IAM::Role", "AWS::KMS::Key") and "/Custom" not in where:
                assert {"Key": "acinaces:environment", "Value": name} in resource["Properties"]["Tags"], where


def test_the_role_of_backups_alone_deletes_expired_ones() -> None:
    (deny,) = (one for one in boundary_document()["Statement"] if one["Sid"] == "Backups")
    assert deny["Action"] == ["backup:DeleteRecoveryPoint", "dynamodb:DeleteBackup"]
    assert deny["Effect"] == "Deny"
    assert "role/Acinaces-*-Data-BackupRole*" in json.dumps(deny["Condition"]["ArnNotLike"])


@pytest.mark.parametrize("account_for", [account_of, pipeline_account_of])
def test_an_account_that_no_person_entered_is_refused(account_for: Callable[[Environment], Account]) -> None:
    place = Pipeline(order=1, account="555555555555")
    with pytest.raises(OperatorError, match=r"pipeline\.account in environments/production\.toml is 555555555555"):
        account_for(production(pipeline=place))


def test_a_placeholder_is_not_trusted_by_any_template(synthesis_of: Callable[[str], Synthesis]) -> None:
    """The committed files have placeholders: their templates can be read, and trust their own account only."""
    for name in known_environments():
        environment = load_environment(name)
        others = set(environment.placeholders.values()) - {environment.aws.account}
        for where, resource in synthesis_of(name).resources(prefix="AWS::IAM::Role").items():
            trust = json.dumps(resource["Properties"]["AssumeRolePolicyDocument"])
            assert not [other for other in others if other in trust], where


def test_the_strict_bootstrap_asks_for_the_setting_that_uses_it() -> None:
    aws = production().aws.model_copy(update={"permissions_boundary": None})
    with pytest.raises(OperatorError, match="names no permissions boundary"):
        account_of(production(aws=aws))
