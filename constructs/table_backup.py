"""Daily backups of the tables into a vault of their own."""

from __future__ import annotations

from collections.abc import Iterable

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_backup as backup
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from constructs import Construct
from constructs.acknowledge import SECURITY, acknowledge, managed_policy

_HOUR_UTC = "2"
_MUST_START_WITHIN = Duration.hours(1)
_MUST_END_WITHIN = Duration.hours(4)
# How old the newest backup can be while all is well: a day, and the time that the next one may take.
OLDEST = Duration.hours(24).plus(_MUST_START_WITHIN).plus(_MUST_END_WITHIN)


class TableBackup(Construct):
    """Backs `tables` up every night and keeps each backup for `retention`.

    lock: for so long no role can delete a backup (vault lock, governance mode; `retention` at most).
    copy_to: ARN of a vault elsewhere, which gets a copy of each backup, for as long.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        tables: Iterable[dynamodb.ITable],
        retention: Duration,
        encryption_key: kms.IKey,
        removal_policy: RemovalPolicy,
        lock: Duration | None = None,
        copy_to: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        self.vault = backup.BackupVault(
            self,
            "Vault",
            backup_vault_name=name,
            encryption_key=encryption_key,
            removal_policy=removal_policy,
            lock_configuration=backup.LockConfiguration(min_retention=lock) if lock else None,
        )
        copies = [backup.BackupVault.from_backup_vault_arn(self, "Copies", copy_to)] if copy_to else []
        self.plan = backup.BackupPlan(self, "Plan", backup_plan_name=name, backup_vault=self.vault)
        self.plan.add_rule(
            backup.BackupPlanRule(
                rule_name="nightly",
                schedule_expression=events.Schedule.cron(hour=_HOUR_UTC, minute="0"),
                start_window=_MUST_START_WITHIN,
                completion_window=_MUST_END_WITHIN,
                delete_after=retention,
                copy_actions=[
                    backup.BackupPlanCopyActionProps(destination_backup_vault=vault, delete_after=retention)
                    for vault in copies
                ]
                or None,
            )
        )
        # CDK attaches AWS's own policy for backups to the role.
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("backup.amazonaws.com"))
        acknowledge(
            self.role,
            "AWS extends this policy as AWS Backup changes; a permission missing in a copy is noticed at a restore",
            SECURITY,
            managed_policy("AWSBackupServiceRolePolicyForBackup"),
        )
        self.plan.add_selection(
            "Tables",
            backup_selection_name=name,
            role=self.role,
            resources=[backup.BackupResource.from_dynamo_db_table(table) for table in tables],
        )
