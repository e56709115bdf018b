"""What keeps an environment from being removed by mistake: on its stacks, and on its tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from ops.removal.leftover import STACKS, Clients, pages, prefix, stack_name


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack that is there. `id` is its ARN, by which it is found when it is gone."""

    name: str
    id: str
    region: str
    status: str
    protected: bool


def stacks_there(around: Clients) -> list[Stack]:
    """The environment's stacks, in the order of removal."""
    return [stack for name in reversed(STACKS) if (stack := _stack(around, stack_name(around.environment, name)))]


def protected_tables(around: Clients) -> list[str]:
    """Names of the tables that refuse to be deleted."""
    return [name for name, is_on in _tables(around).items() if is_on]


def set_protection(around: Clients, *, on: bool, dry_run: bool = False) -> list[str]:
    """Switches both kinds for all stacks and tables; returns the names of what was, or would be, changed.

    The parameter first: while it is `on`, the environment's own function switches protection on again.
    """
    changed = _set_parameter(around, "on" if on else "off", dry_run=dry_run)
    for stack in stacks_there(around):
        if stack.protected != on:
            changed.append(stack.name)
            if not dry_run:
                client = around.client("cloudformation", region=stack.region)
                client.update_termination_protection(StackName=stack.name, EnableTerminationProtection=on)
    dynamodb = around.client("dynamodb")
    for name, is_on in _tables(around).items():
        if is_on != on:
            changed.append(name)
            if not dry_run:
                dynamodb.update_table(TableName=name, DeletionProtectionEnabled=on)
    return changed


def _set_parameter(around: Clients, value: str, *, dry_run: bool) -> list[str]:
    """Only where there is one: made here, it would stand in the way of the stack that makes it."""
    client, name = around.client("ssm"), f"/acinaces/{around.environment.name}/protection"
    try:
        before = client.get_parameter(Name=name)["Parameter"]["Value"]
    except client.exceptions.ParameterNotFound:
        return []
    if before == value:
        return []
    if not dry_run:
        client.put_parameter(Name=name, Value=value, Overwrite=True)
    return [name]


def _tables(around: Clients) -> dict[str, bool]:
    client = around.client("dynamodb")
    names = [name for name in pages(client, "list_tables", "TableNames") if name.startswith(prefix(around))]
    described = {name: client.describe_table(TableName=name)["Table"] for name in names}
    return {name: bool(table.get("DeletionProtectionEnabled")) for name, table in described.items()}


def _stack(around: Clients, name: str) -> Stack | None:
    for region in around.environment.regions:
        found = _described(around.client("cloudformation", region=region), name)
        if found:
            return Stack(
                name=name,
                id=found["StackId"],
                region=region,
                status=found["StackStatus"],
                protected=bool(found.get("EnableTerminationProtection")),
            )
    return None


def _described(client: Any, name: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = client.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        return None
    return found
