"""Data: what holds state, and what is needed to have it back."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_timestream as timestream

from constructs import Construct
from constructs.encryption_key import EncryptionKey
from constructs.journal_table import JournalTable
from constructs.platform_tables import PlatformTables
from constructs.private_bucket import LogBucket, ReportBucket
from constructs.redis_cache import RedisCache
from constructs.table_backup import TableBackup
from environments import Environment
from stacks.network import NetworkStack
from stacks.policies import removal_policy

_KEEP_REPORTS = cdk.Duration.days(400)
_KEEP_ACCESS_LOGS = cdk.Duration.days(90)


class DataStack(cdk.Stack):
    """`tables` by logical name, `journal`, `redis`, `key`, `timestream_database_name`, buckets for reports and logs."""

    tables: dict[str, dynamodb.Table]
    timestream_database_name: str | None

    def __init__(
        self, scope: Construct, id: str, *, environment: Environment, env: cdk.Environment, network: NetworkStack
    ) -> None:
        super().__init__(
            scope,
            id,
            env=env,
            description=f"Acinaces {environment.name}: data",
        )
        policy = removal_policy(environment)
        self.key = EncryptionKey(
            self,
            "Key",
            key_alias=f"acinaces/{environment.name}/data",
            description=f"Data of {environment.name}",
            removal_policy=policy,
        )
        self.tables = PlatformTables(
            self,
            "Tables",
            physical_name=environment.resource_name,
            encryption_key=self.key,
            removal_policy=policy,
        ).tables
        self.journal = JournalTable(
            self,
            "Journal",
            name=environment.resource_name("journal"),
            encryption_key=self.key,
            removal_policy=policy,
        )
        self.backup = TableBackup(
            self,
            "Backup",
            name=environment.resource_name("tables"),
            tables=[*self.tables.values(), self.journal.table],
            retention=cdk.Duration.days(environment.data.backup_retention_days),
            encryption_key=self.key,
            removal_policy=policy,
            lock=cdk.Duration.days(lock) if (lock := environment.data.backup_lock_days) else None,
            copy_to=environment.data.backup_copy_vault,
        )
        redis = environment.data.redis
        self.redis = RedisCache(
            self,
            "Redis",
            name=environment.resource_name("redis"),
            auth_secret_name=f"{environment.name}/redis-auth",
            vpc=network.vpc,
            clients=network.functions_security_group,
            node_type=redis.node_type,
            replicas=environment.capacity.replicas - 1,
            snapshot_retention_days=redis.snapshot_retention_days,
            tls=redis.transit_encryption,
            encryption_key=self.key,
            removal_policy=policy,
        )
        self.logs_bucket = LogBucket(self, "LogsBucket", keep=_KEEP_ACCESS_LOGS, removal_policy=policy)
        self.reports_bucket = ReportBucket(
            self,
            "ReportsBucket",
            encryption_key=self.key,
            access_logs=self.logs_bucket,
            keep=_KEEP_REPORTS,
            removal_policy=policy,
        )
        self.timestream_database_name = self._add_timestream(environment) if environment.data.timestream else None

    def _add_timestream(self, environment: Environment) -> str:
        database = timestream.CfnDatabase(
            self,
            "Timestream",
            database_name=environment.resource_name("market-data"),
            kms_key_id=self.key.key_id,
        )
        database.apply_removal_policy(removal_policy(environment))
        return database.ref
