"""What CloudFormation may do for resources of some types, instead of AdministratorAccess."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Grant:
    """Statements that resources of `types` need.

    `{env}` stands for the environment, `{boundary}` for its permissions boundary; the rest is for Fn::Sub.
    Empty `types`: what every deployment needs.
    """

    types: tuple[str, ...]
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: dict[str, Any] = field(default_factory=dict)

    def statement(self, environment: str, *, boundary: str = "") -> dict[str, Any]:
        """As IAM reads it."""
        names = {"{env}": environment, "{boundary}": boundary}
        statement: dict[str, Any] = {
            "Effect": "Allow",
            "Action": list(self.actions),
            "Resource": _filled(list(self.resources), names),
        }
        if self.conditions:
            statement["Condition"] = _filled(self.conditions, names)
        return statement


def _filled(value: Any, names: dict[str, str]) -> Any:
    """With the names of one environment, and what CloudFormation knows as Fn::Sub."""
    if isinstance(value, dict):
        return {_filled(key, names): _filled(inner, names) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, names) for inner in value]
    for variable, name in names.items():
        value = value.replace(variable, name)
    return {"Fn::Sub": value} if "${" in value else value


def aws(*names: str) -> tuple[str, ...]:
    """Resource types by their short names."""
    return tuple(f"AWS::{name}" for name in names)


def arn(service: str, resource: str, *, region: str = "*", account: str = "${AWS::AccountId}") -> str:
    """An ARN in the caller's partition and account."""
    return f"arn:${{AWS::Partition}}:{service}:{region}:{account}:{resource}"


def tags(service: str) -> tuple[str, ...]:
    """Actions on tags, as most services call them."""
    return tuple(f"{service}:{action}" for action in ("TagResource", "UntagResource", "ListTagsForResource"))
