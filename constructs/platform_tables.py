"""The platform's tables: on demand, recoverable to any second, encrypted with our own key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms

from constructs import Construct
from constructs.append_only import append_only

# Table -> partition key, and sort key where there is one. All keys are strings.
TABLE_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "templates": ("templateId",),
        "strategies": ("strategyId",),
        "risk-profiles": ("profileId",),
        "data-sources": ("dataSourceId",),
        "providers": ("providerId",),
        "orders": ("orderId",),
        "audit": ("entityId", "at"),
    }
)
# Tables whose entries no role may change or remove; those of verification runs are removed by their time to live.
APPEND_ONLY = frozenset({"audit"})
# The audit log over all entities: one partition per day (YYYY-MM-DD, UTC), newest last.
AUDIT_BY_DAY = "by-day"
# Table -> its indexes, for who may read the table.
TABLE_INDEXES: Mapping[str, tuple[str, ...]] = MappingProxyType({"audit": (AUDIT_BY_DAY,)})
# Epoch seconds; set on what a verification run creates, so that nothing of it stays.
TTL_ATTRIBUTE = "expiresAt"
# AWS keeps 35 days at most; backups reach further back.
_RECOVERY_DAYS = 35


class PlatformTables(Construct):
    """`tables` by logical name, e.g. `risk-profiles`."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        physical_name: Callable[[str], str],
        encryption_key: kms.IKey,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, id)
        self.tables = {
            name: dynamodb.Table(
                self,
                name,
                table_name=physical_name(name),
                partition_key=_string(keys[0]),
                sort_key=_string(keys[1]) if len(keys) > 1 else None,
                billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
                point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                    point_in_time_recovery_enabled=True, recovery_period_in_days=_RECOVERY_DAYS
                ),
                encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
                encryption_key=encryption_key,
                time_to_live_attribute=TTL_ATTRIBUTE,
                removal_policy=removal_policy,
                resource_policy=append_only(self._arn(physical_name(name))) if name in APPEND_ONLY else None,
            )
            for name, keys in TABLE_KEYS.items()
        }
        self.tables["audit"].add_global_secondary_index(
            index_name=AUDIT_BY_DAY,
            partition_key=_string("day"),
            sort_key=_string("at"),
            projection_type=dynamodb.ProjectionType.ALL,
        )

    def _arn(self, name: str) -> str:
        return Stack.of(self).format_arn(service="dynamodb", resource="table", resource_name=name)


def _string(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
