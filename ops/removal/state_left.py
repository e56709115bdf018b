"""Data, credentials and keys outside the stacks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from lambda_src.journal import journal_table_name
from ops.removal.leftover import GRACE_DAYS, STACKS, Clients, Leftover, aws_command, pages, prefix


def _tables(around: Clients) -> Iterator[Leftover]:
    client, region = around.client("dynamodb"), around.environment.aws.region
    for name in pages(client, "list_tables", "TableNames"):
        if not name.startswith(prefix(around)):
            continue
        table = client.describe_table(TableName=name)["Table"]
        unlock = aws_command(around, f"dynamodb update-table --table-name {name} --no-deletion-protection-enabled")
        delete = aws_command(around, f"dynamodb delete-table --table-name {name}")
        is_locked = bool(table.get("DeletionProtectionEnabled"))
        note = f"{table.get('ItemCount', 0)} rows"
        if name == journal_table_name(around.environment.name):
            note += ", the journal"
        yield Leftover(
            kind="table",
            name=name,
            region=region,
            note=f"{note}, deletion protection on" if is_locked else note,
            command=f"{unlock} && {delete}" if is_locked else delete,
            stack="Data",
            remove=partial(_delete_table, client, name),
        )


def _delete_table(client: Any, name: str) -> None:
    if client.describe_table(TableName=name)["Table"].get("DeletionProtectionEnabled"):
        client.update_table(TableName=name, DeletionProtectionEnabled=False)
        client.get_waiter("table_exists").wait(TableName=name)
    client.delete_table(TableName=name)
    client.get_waiter("table_not_exists").wait(TableName=name)


def _buckets(around: Clients) -> Iterator[Leftover]:
    client, environment = around.client("s3"), around.environment
    # CloudFormation's own names of them.
    ours = re.compile(rf"acinaces-{environment.name}-({'|'.join(STACKS)})-".lower())
    for bucket in client.list_buckets()["Buckets"]:
        name = bucket["Name"]
        if ours.match(name):
            yield Leftover(
                kind="bucket",
                name=name,
                region=environment.aws.region,
                note="with all files and their versions",
                command=aws_command(around, f"s3 rb s3://{name} --force"),
                remove=partial(_delete_bucket, client, name),
            )


def _delete_bucket(client: Any, name: str) -> None:
    for page in client.get_paginator("list_object_versions").paginate(Bucket=name):
        found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
        objects = [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in found]
        if objects:
            client.delete_objects(Bucket=name, Delete={"Objects": objects, "Quiet": True})
    client.delete_bucket(Bucket=name)


def _vaults(around: Clients) -> Iterator[Leftover]:
    client, region = around.client("backup"), around.environment.aws.region
    for vault in client.list_backup_vaults()["BackupVaultList"]:
        name = vault["BackupVaultName"]
        if not name.startswith(prefix(around)):
            continue
        points = client.list_recovery_points_by_backup_vault(BackupVaultName=name)["RecoveryPoints"]
        ends = [point.get("CalculatedLifecycle", {}).get("DeleteAt") for point in points]
        last = max((f"{end:%Y-%m-%d}" for end in ends if end), default="")
        listed = f"backup list-recovery-points-by-backup-vault --backup-vault-name {name}"
        delete = aws_command(around, f"backup delete-backup-vault --backup-vault-name {name}")
        yield Leftover(
            kind="backup vault",
            name=name,
            region=region,
            note=f"{len(points)} recovery points" + (f", the last goes on {last}" if last else ""),
            command=f"{aws_command(around, listed)}; delete each (backup delete-recovery-point), then {delete}"
            if points
            else delete,
            stack="Data",
            remove=partial(_delete_vault, client, name),
        )


def _delete_vault(client: Any, name: str) -> None:
    for point in client.list_recovery_points_by_backup_vault(BackupVaultName=name)["RecoveryPoints"]:
        client.delete_recovery_point(BackupVaultName=name, RecoveryPointArn=point["RecoveryPointArn"])
    client.delete_backup_vault(BackupVaultName=name)


def _snapshots(around: Clients) -> Iterator[Leftover]:
    client = around.client("elasticache")
    for snapshot in pages(client, "describe_snapshots", "Snapshots", SnapshotSource="manual"):
        name, group = snapshot["SnapshotName"], snapshot.get("ReplicationGroupId", "")
        if group.startswith(prefix(around)):
            yield Leftover(
                kind="cache snapshot",
                name=name,
                region=around.environment.aws.region,
                command=aws_command(around, f"elasticache delete-snapshot --snapshot-name {name}"),
                remove=partial(client.delete_snapshot, SnapshotName=name),
            )


def _secrets(around: Clients) -> Iterator[Leftover]:
    client, environment = around.client("secretsmanager"), around.environment
    # Where nothing is to be retained, the name is free again at once; elsewhere the values can be had back.
    how: dict[str, Any] = (
        {"RecoveryWindowInDays": GRACE_DAYS} if environment.retain else {"ForceDeleteWithoutRecovery": True}
    )
    ours = re.compile(rf"{environment.name}/(exchanges|ai-providers)/.*|{environment.name}/[a-z-]+")
    for secret in pages(client, "list_secrets", "SecretList", IncludePlannedDeletion=True):
        name, deleted = secret["Name"], secret.get("DeletedDate")
        # The one with PagerDuty's address is a person's own.
        if not ours.fullmatch(name) or name == environment.alerts.pagerduty_secret:
            continue
        delete = f"secretsmanager delete-secret --secret-id {name}"
        yield Leftover(
            kind="secret",
            # CloudFormation names it by its ARN.
            name=secret["ARN"],
            region=environment.aws.region,
            note=f"{name}, "
            + (
                f"deleted, can be restored until {deleted:%Y-%m-%d}, and keeps its name until then"
                if deleted
                else "with all of its versions"
            ),
            command=aws_command(around, f"{delete} --force-delete-without-recovery" if deleted else delete),
            stack="Data" if name.endswith("/redis-auth") else "Secrets",
            remove=None if deleted else partial(client.delete_secret, SecretId=name, **how),
        )


def _keys(around: Clients) -> Iterator[Leftover]:
    environment = around.environment
    client = around.client("kms")
    tagged = pages(
        around.client("resourcegroupstaggingapi"),
        "get_resources",
        "ResourceTagMappingList",
        TagFilters=[{"Key": "acinaces:environment", "Values": [environment.name]}],
        ResourceTypeFilters=["kms:key"],
    )
    for found in tagged:
        key = client.describe_key(KeyId=found["ResourceARN"])["KeyMetadata"]
        name, ends = key["KeyId"], key.get("DeletionDate")
        command = f"kms schedule-key-deletion --key-id {name} --pending-window-in-days {GRACE_DAYS}"
        yield Leftover(
            kind="key",
            name=name,
            region=environment.aws.region,
            note=f"{key.get('Description', '')}, "
            + (f"pending deletion, gone on {ends:%Y-%m-%d}" if ends else "without it nothing it encrypted can be read"),
            command=aws_command(around, f"kms cancel-key-deletion --key-id {name}") + " (keeps it)"
            if ends
            else aws_command(around, command),
            remove=None if ends else partial(client.schedule_key_deletion, KeyId=name, PendingWindowInDays=GRACE_DAYS),
        )


# Keys last, because the others are encrypted by them.
FINDERS: Final[tuple[Callable[[Clients], Iterator[Leftover]], ...]] = (
    _tables,
    _vaults,
    _buckets,
    _snapshots,
    _secrets,
    _keys,
)

# What holds data, credentials or keys; the other kinds can be made again.
KINDS: Final = ("table", "backup vault", "bucket", "cache snapshot", "secret", "key")
# Those with names of ours, which a stack would want for itself.
COLLIDING: Final = (_tables, _vaults, _secrets)
