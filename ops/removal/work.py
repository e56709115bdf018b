"""Removing an environment: what will go, and doing it, stack by stack."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from lambda_src.operations import releases
from ops.aws import explained
from ops.errors import ExitCode, OperatorError
from ops.interrupts import Interrupts
from ops.removal import state_left
from ops.removal.leftover import STATE, Leftover, stack_name
from ops.removal.leftovers import leftovers
from ops.removal.protection import Stack, protected_tables, stacks_there
from ops.rollback.diary import Diary
from ops.surroundings import Surroundings

OPERATION: Final = "destroy"
REMOVED: Final = "removed"
# Seconds. CloudFront takes a quarter of an hour, the network interfaces of functions in a VPC up to forty minutes.
_LIMIT_S: Final = 3600
_LOOK_EVERY_S: Final = 1.0
_STATE: Final = (
    "AWS::DynamoDB::Table",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
    "AWS::KMS::Key",
    "AWS::Backup::BackupVault",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::Logs::LogGroup",
)
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`stacks` go, in this order; `kept` stay as they are; `outside` is what no stack has any more."""

    stacks: tuple[Stack, ...]
    kept: tuple[Stack, ...]
    outside: tuple[Leftover, ...]
    tables: tuple[str, ...]
    with_state: bool

    @property
    def protected(self) -> list[str]:
        """What refuses to go."""
        return [stack.name for stack in self.stacks if stack.protected] + (list(self.tables) if self.with_state else [])


@dataclass(frozen=True, kw_only=True)
class Contents:
    """A stack's resources: how many its deletion deletes and keeps, and what of them holds state, as `type name`."""

    gone: int
    kept: int
    state: tuple[str, ...]


@dataclass(kw_only=True)
class Done:
    """How far it came. `problems`: what stayed although it was to go."""

    stacks: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def plan_removal(around: Surroundings, *, with_state: bool) -> Plan:
    """What there is. Raises OperatorError where AWS cannot be asked, or a stack is being changed."""
    state = {stack_name(around.environment, name) for name in STATE}
    with explained(around.environment, "looking at what there is"):
        there, tables = stacks_there(around), protected_tables(around)
        outside = leftovers(around)
    busy = [stack for stack in there if _is_busy(stack)]
    if busy:
        raise OperatorError(
            f"{busy[0].name} is being changed ({busy[0].status}); nothing was removed",
            error="environment-busy",
            next_step=f"wait for it: aws cloudformation describe-stacks --stack-name {busy[0].name} "
            f"--region {busy[0].region}",
            code=ExitCode.PRECONDITION,
            where=busy[0].id,
        )
    return Plan(
        stacks=tuple(stack for stack in there if with_state or stack.name not in state),
        kept=tuple(stack for stack in there if not with_state and stack.name in state),
        outside=tuple(outside),
        tables=tuple(tables),
        with_state=with_state,
    )


def contents(around: Surroundings, stack: Stack) -> Contents:
    """What `stack` consists of, by its own template."""
    client = around.client("cloudformation", region=stack.region)
    with explained(around.environment, f"reading {stack.name}"):
        body, there = client.get_template(StackName=stack.id)["TemplateBody"], _resources(client, stack)
    template = body if isinstance(body, dict) else json.loads(body)
    policies = {name: item.get("DeletionPolicy", "Delete") for name, item in template.get("Resources", {}).items()}
    kept = [item for item in there if policies.get(item["LogicalResourceId"], "Delete") != "Delete"]
    state = [
        f"{item['ResourceType']} {item.get('PhysicalResourceId', '')}"
        for item in there
        if item["ResourceType"] in _STATE
    ]
    return Contents(gone=len(there) - len(kept), kept=len(kept), state=tuple(sorted(state)))


def remove(around: Surroundings, plan: Plan, *, by: str, say: Say) -> Done:
    """Does it, and writes it into the journal as long as that is there.

    Raises:
        OperatorError: interrupted (exit code 130). CloudFormation goes on with the stack that it is at.
    """
    operation = f"{OPERATION}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
    diary, done = Diary(around, operation=operation, by=by, kind=OPERATION), Done()
    _tell(diary.intent, {"stacks": [stack.name for stack in plan.stacks], "with_state": plan.with_state})
    with Interrupts() as interrupts:
        for stack in plan.stacks:
            if not interrupts.pressed:
                _remove_stack(around, stack, done, interrupts, say)
                _tell(diary.step, stack.name, outcome="done" if stack.name in done.stacks else "failed")
        if plan.with_state and not interrupts.pressed and not done.problems:
            _remove_outside(around, done, interrupts, say)
        if interrupts.pressed:
            _tell(diary.ended, releases.INTERRUPTED, {})
            raise _interrupted(around, plan, done)
    _tell(diary.ended, releases.PARTIAL if done.problems else REMOVED, {"problems": done.problems[:20]})
    return done


def _remove_stack(around: Surroundings, stack: Stack, done: Done, interrupts: Interrupts, say: Say) -> None:
    """Deletes one stack; what cannot be deleted is left outside of it, so that the others can go."""
    client = around.client("cloudformation", region=stack.region)
    try:
        client.delete_stack(StackName=stack.id)
        status = _wait(client, stack, interrupts, say)
        if status == "DELETE_FAILED":
            failed = [item for item in _resources(client, stack) if item["ResourceStatus"] == status]
            for item in failed:
                say(f"{stack.name}: {_named(item)} stays: {item.get('ResourceStatusReason', 'no reason given')[:300]}")
            client.delete_stack(StackName=stack.id, RetainResources=[str(item["LogicalResourceId"]) for item in failed])
            status = _wait(client, stack, interrupts, say)
    except (ClientError, BotoCoreError) as error:
        done.problems.append(f"{stack.name}: {error}")
        return
    if status == "DELETE_COMPLETE":
        done.stacks.append(stack.name)
        say(f"{stack.name} is removed")
    elif not interrupts.pressed:
        done.problems.append(f"{stack.name} is in {status}")


def _remove_outside(around: Surroundings, done: Done, interrupts: Interrupts, say: Say) -> None:
    """Deletes what the stacks have left behind; keys and secrets can be had back for thirty days."""
    for item in leftovers(around):
        if item.remove is None or interrupts.pressed:
            continue
        try:
            item.remove()
        except (ClientError, BotoCoreError) as error:
            done.problems.append(f"{item.kind} {item.name}: {error}")
            continue
        done.outside.append(f"{item.kind} {item.name}")
        say(f"{item.kind} {item.name} is removed")


def state_of(items: Iterable[Leftover]) -> list[Leftover]:
    """Those of `items` that hold data, credentials or keys."""
    return [item for item in items if item.kind in state_left.KINDS]


def _wait(client: Any, stack: Stack, interrupts: Interrupts, say: Say) -> str:
    """The status that the deletion ends in, or the present one when Ctrl-C is pressed."""
    gives_up_at, told = time.monotonic() + _LIMIT_S, ""
    while True:
        status = str(client.describe_stacks(StackName=stack.id)["Stacks"][0]["StackStatus"])
        if not status.endswith("_IN_PROGRESS") or interrupts.pressed or time.monotonic() > gives_up_at:
            return status
        left = [item for item in _resources(client, stack) if not item["ResourceStatus"].startswith("DELETE_")]
        line = f"{stack.name}: {status}, {len(left)} resources to go"
        if line != told:
            say(line)
            told = line
        time.sleep(_LOOK_EVERY_S)


def _resources(client: Any, stack: Stack) -> list[dict[str, Any]]:
    pages = client.get_paginator("list_stack_resources").paginate(StackName=stack.id)
    return [item for page in pages for item in page["StackResourceSummaries"]]


def _typed(item: dict[str, Any]) -> str:
    return f"{item['ResourceType']} {item.get('PhysicalResourceId', '')}"


def _named(item: dict[str, Any]) -> str:
    return f"{item['LogicalResourceId']} ({_typed(item)})"


def _is_busy(stack: Stack) -> bool:
    """Whether anything but a deletion, which is waited for, is at work."""
    return stack.status.endswith("_IN_PROGRESS") and stack.status not in ("DELETE_IN_PROGRESS", "REVIEW_IN_PROGRESS")


def _tell(write: Callable[..., None], *arguments: Any, **named: Any) -> None:
    """Writes to the journal, which may be gone, or never have been there."""
    try:
        write(*arguments, **named)
    except (ClientError, BotoCoreError):
        return


def _interrupted(around: Surroundings, plan: Plan, done: Done) -> OperatorError:
    going_on = [stack.name for stack in plan.stacks if stack.name not in done.stacks]
    more = f"; to go: {', '.join(going_on)}" if going_on else ""
    state = " --with-state" if plan.with_state else ""
    return OperatorError(
        f"interrupted: {len(done.stacks)} of {len(plan.stacks)} stacks are removed{more}. CloudFormation goes on with "
        "the one that it is at",
        error="removal-interrupted",
        next_step=f"acinaces destroy --env {around.name}{state}",
        code=ExitCode.INTERRUPTED,
    )
