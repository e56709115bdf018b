"""Data: recoverable, encrypted, protected as the environment says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions

from constructs.platform_tables import AUDIT_BY_DAY, TABLE_KEYS
from environments import Environment, load_environment
from lambda_src.journal import journal_table_name
from lambda_src.platform_common.changes import BY_DAY
from lambda_src.platform_common.store import KEYS
from stacks.data import DataStack
from stacks.network import NetworkStack
from tests.support.synthesis import Synthesis


def resources(synthesis: Synthesis, kind: str) -> dict[str, dict[str, Any]]:
    return {
        name: resource
        for name, resource in synthesis.templates["Data"]["Resources"].items()
        if resource["Type"] == kind
    }


def only(synthesis: Synthesis, kind: str) -> dict[str, Any]:
    (resource,) = resources(synthesis, kind).values()
    properties: dict[str, Any] = resource["Properties"]
    return properties


def test_the_tables_are_those_that_the_handlers_know() -> None:
    assert dict(TABLE_KEYS) == dict(KEYS)
    assert AUDIT_BY_DAY == BY_DAY


def test_every_table(synthesis: Synthesis) -> None:
    environment = load_environment(synthesis.environment)
    tables = platform_tables(synthesis)
    assert {table["Properties"]["TableName"] for table in tables.values()} == {
        environment.resource_name(name) for name in KEYS
    }
    for table in tables.values():
        properties = table["Properties"]
        name = properties["TableName"].removeprefix(environment.resource_name(""))
        assert [key["AttributeName"] for key in properties["KeySchema"]] == list(TABLE_KEYS[name])
        assert properties["BillingMode"] == "PAY_PER_REQUEST"
        assert properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
        assert properties["SSESpecification"]["KMSMasterKeyId"] == {"Fn::GetAtt": ["Key961B73FD", "Arn"]}
        assert properties["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}
        assert "DeletionProtectionEnabled" not in properties, "set once the environment stands"
        indexes = [index["IndexName"] for index in properties.get("GlobalSecondaryIndexes", [])]
        assert indexes == ([BY_DAY] if name == "audit" else [])


def platform_tables(synthesis: Synthesis) -> dict[str, dict[str, Any]]:
    """All but the journal's."""
    tables = resources(synthesis, "AWS::DynamoDB::Table")
    journal = journal_table_name(synthesis.environment)
    return {name: table for name, table in tables.items() if table["Properties"]["TableName"] != journal}


def test_the_journal_can_be_had_back_and_never_be_changed(synthesis: Synthesis) -> None:
    environment = load_environment(synthesis.environment)
    tables = resources(synthesis, "AWS::DynamoDB::Table")
    ((name, journal),) = (
        (name, table["Properties"])
        for name, table in tables.items()
        if table["Properties"]["TableName"] == journal_table_name(environment.name)
    )
    assert [key["AttributeName"] for key in journal["KeySchema"]] == ["stream", "id"]
    assert journal["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert "TimeToLiveSpecification" not in journal, "an entry never expires"
    (never,) = journal["ResourcePolicy"]["PolicyDocument"]["Statement"]
    assert (never["Effect"], never["Principal"]) == ("Deny", {"AWS": "*"})
    changing = {"dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"}
    assert changing <= set(never["Action"])
    allowed = actions_on_entries(synthesis, name)
    assert "dynamodb:PutItem" in allowed
    assert not changing & allowed


def actions_on_entries(synthesis: Synthesis, table: str) -> set[str]:
    """What the roles of all stacks may do on the entries in the table with this logical id; leases are no entries."""
    return {
        action
        for policy in synthesis.resources(prefix="AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
        and f"{table}Arn" in json.dumps(statement["Resource"])
        and "journal" in streams(statement)
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }


def streams(statement: Mapping[str, Any]) -> list[str]:
    """The streams that a statement is limited to; one without a limit reaches the entries as well."""
    limits = statement.get("Condition", {}).get("ForAllValues:StringEquals", {})
    keys = limits.get("dynamodb:LeadingKeys", ["journal"])
    return [keys] if isinstance(keys, str) else list(keys)


@pytest.mark.parametrize(
    "kind",
    [
        "AWS::DynamoDB::Table",
        "AWS::KMS::Key",
        "AWS::Backup::BackupVault",
        "AWS::SecretsManager::Secret",
    ],
)
def test_what_stays_when_the_stack_goes(synthesis: Synthesis, kind: str) -> None:
    retain = load_environment(synthesis.environment).retain
    policies = {
        (resource["DeletionPolicy"], resource["UpdateReplacePolicy"])
        for resource in resources(synthesis, kind).values()
    }
    assert policies == {("RetainExceptOnCreate", "Retain") if retain else ("Delete", "Delete")}


def test_a_bucket_that_is_kept_never_stops_the_rollback_of_its_creation(synthesis: Synthesis) -> None:
    """With something in it, CloudFormation could not delete it; its name is generated, so it is in no one's way."""
    retain = load_environment(synthesis.environment).retain
    for where, bucket in synthesis.resources(prefix="AWS::S3::Bucket").items():
        if bucket["Type"] == "AWS::S3::Bucket":
            assert "BucketName" not in bucket["Properties"], where
            assert bucket["DeletionPolicy"] == ("Retain" if retain else "Delete"), where


def test_backups_cover_all_tables_for_as_long_as_the_environment_says(synthesis: Synthesis) -> None:
    selection = only(synthesis, "AWS::Backup::BackupSelection")["BackupSelection"]
    tables = resources(synthesis, "AWS::DynamoDB::Table")
    assert len(selection["Resources"]) == len(tables)
    assert "LockConfiguration" not in only(synthesis, "AWS::Backup::BackupVault"), "a setting, off by default"
    assert all(any(name in str(covered) for covered in selection["Resources"]) for name in tables)
    (rule,) = only(synthesis, "AWS::Backup::BackupPlan")["BackupPlan"]["BackupPlanRule"]
    days = load_environment(synthesis.environment).data.backup_retention_days
    assert rule["Lifecycle"] == {"DeleteAfterDays": days}


def test_the_cache(synthesis: Synthesis) -> None:
    environment = load_environment(synthesis.environment)
    redis, replicas = environment.data.redis, environment.capacity.replicas
    group = only(synthesis, "AWS::ElastiCache::ReplicationGroup")
    assert group["AtRestEncryptionEnabled"] is True
    assert group["TransitEncryptionEnabled"] is redis.transit_encryption
    assert group["NumCacheClusters"] == replicas
    assert group["MultiAZEnabled"] is group["AutomaticFailoverEnabled"] is (replicas > 1)
    # ElastiCache accepts a token together with TLS only.
    assert ("AuthToken" in group) is redis.transit_encryption


def test_the_cache_and_its_clients_find_each_other(synthesis: Synthesis) -> None:
    group = only(synthesis, "AWS::ElastiCache::ReplicationGroup")
    ingress, egress = (
        only(synthesis, "AWS::EC2::SecurityGroupIngress"),
        only(synthesis, "AWS::EC2::SecurityGroupEgress"),
    )
    assert group["SecurityGroupIds"] == [ingress["GroupId"]] == [egress["DestinationSecurityGroupId"]]
    assert ingress["SourceSecurityGroupId"] == egress["GroupId"]
    assert {rule[key] for rule in (ingress, egress) for key in ("FromPort", "ToPort")} == {group["Port"]}


def test_buckets_are_closed(synthesis: Synthesis) -> None:
    buckets = resources(synthesis, "AWS::S3::Bucket")
    assert len(buckets) == 2
    for name, bucket in buckets.items():
        assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
        (policy,) = (
            resource["Properties"]["PolicyDocument"]
            for resource in resources(synthesis, "AWS::S3::BucketPolicy").values()
            if resource["Properties"]["Bucket"] == {"Ref": name}
        )
        assert any(
            statement["Effect"] == "Deny" and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
            for statement in policy["Statement"]
        )


def data_stack(environment: Environment, directory: Path) -> tuple[DataStack, assertions.Template]:
    env = cdk.Environment(account=environment.aws.account, region=environment.aws.region)
    app = cdk.App(analytics_reporting=False, outdir=str(directory))
    network = NetworkStack(app, "Network", environment=environment, env=env)
    stack = DataStack(app, "Data", environment=environment, env=env, network=network)
    return stack, assertions.Template.from_stack(stack)


@pytest.mark.parametrize("wanted", [False, True])
def test_timestream_is_an_option(wanted: bool, tmp_path: Path) -> None:
    environment = load_environment("dev")
    environment = environment.model_copy(update={"data": environment.data.model_copy(update={"timestream": wanted})})
    stack, template = data_stack(environment, tmp_path)
    template.resource_count_is("AWS::Timestream::Database", int(wanted))
    assert (stack.timestream_database_name is not None) is wanted
