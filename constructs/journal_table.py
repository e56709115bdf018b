"""The journal's table: entries are added, and no role of the platform may change or remove one."""

from __future__ import annotations

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from constructs import Construct
from constructs.append_only import append_only
from constructs.key_access import TABLE, allow_key

_RECOVERY_DAYS = 35
_READ = ("dynamodb:GetItem", "dynamodb:Query")
# Who changes the environment at this moment (lambda_src/operations/lease.py).
_LEASE = "lease"


class JournalTable(Construct):
    """`table`; keys as in `lambda_src/journal/store.py`."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        encryption_key: kms.IKey,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, id)
        arn = Stack.of(self).format_arn(service="dynamodb", resource="table", resource_name=name)
        self.table = dynamodb.Table(
            self,
            "Table",
            table_name=name,
            partition_key=dynamodb.Attribute(name="stream", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True, recovery_period_in_days=_RECOVERY_DAYS
            ),
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=encryption_key,
            removal_policy=removal_policy,
            # Leases of operations are the only rows that come and go.
            resource_policy=append_only(arn, when={"ForAnyValue:StringEquals": {"dynamodb:LeadingKeys": ["journal"]}}),
        )

    def allow_reading(self, role: iam.Role) -> None:
        """Looking entries up."""
        self._allow(role, _READ)

    def allow_appending(self, role: iam.Role) -> None:
        """Adding entries, and looking up whether they are there already."""
        self._allow(role, (*_READ, "dynamodb:PutItem"))

    def allow_operating(self, role: iam.Role) -> None:
        """Adding entries under a lease of the environment, which is taken and given back."""
        self._allow(role, (*_READ, "dynamodb:PutItem"), streams=("journal", _LEASE))
        self._allow(role, ("dynamodb:DeleteItem",), streams=(_LEASE,))

    def _allow(self, role: iam.Role, actions: tuple[str, ...], *, streams: tuple[str, ...] = ("journal",)) -> None:
        role.add_to_policy(
            iam.PolicyStatement(
                actions=list(actions),
                resources=[self.table.table_arn],
                conditions={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": list(streams)}},
            )
        )
        allow_key(role, self.table.encryption_key, "dynamodb", actions=TABLE)
