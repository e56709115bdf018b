"""What CloudFormation may do for resources of some types, instead of AdministratorAccess."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Grant:
    """Statements that resources of `types` need. In `resources`, `{env}` is the environment; the rest is for Fn::Sub.

    Empty `types`: what every deployment needs.
    """

    types: tuple[str, ...]
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: dict[str, Any] = field(default_factory=dict)

    def statement(self, environment: str) -> dict[str, Any]:
        """As IAM reads it."""
        resources = [{"Fn::Sub": one} if "${" in one else one for one in self.filled(environment)]
        statement: dict[str, Any] = {"Effect": "Allow", "Action": list(self.actions), "Resource": resources}
        if self.conditions:
            statement["Condition"] = self.conditions
        return statement

    def filled(self, environment: str) -> list[str]:
        """The resources of one environment."""
        return [one.replace("{env}", environment) for one in self.resources]


def aws(*names: str) -> tuple[str, ...]:
    """Resource types by their short names."""
    return tuple(f"AWS::{name}" for name in names)


def arn(service: str, resource: str, *, region: str = "*", account: str = "${AWS::AccountId}") -> str:
    """An ARN in the caller's partition and account."""
    return f"arn:${{AWS::Partition}}:{service}:{region}:{account}:{resource}"


def tags(service: str) -> tuple[str, ...]:
    """Actions on tags, as most services call them."""
    return tuple(f"{service}:{action}" for action in ("TagResource", "UntagResource", "ListTagsForResource"))
