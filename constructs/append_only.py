"""A table's own policy: entries are added, and no principal may change or remove one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aws_cdk import aws_iam as iam

# A batch takes no condition. Each write in a transaction needs the permission of its own kind.
_NEVER: Final = (
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:PartiQLDelete",
    "dynamodb:PartiQLUpdate",
    "dynamodb:UpdateItem",
)


def append_only(table_arn: str, *, when: Mapping[str, Any] | None = None) -> iam.PolicyDocument:
    """Also against administrators: a record that can be changed proves nothing. `when`: conditions, default always.

    A put of an existing key replaces the entry, and IAM sees no condition of a request: the writers' code puts with
    `attribute_not_exists` (docs/adr/0035).
    """
    return iam.PolicyDocument(
        statements=[
            iam.PolicyStatement(
                sid="AppendOnly",
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=list(_NEVER),
                resources=[table_arn],
                conditions=dict(when or {}),
            )
        ]
    )
