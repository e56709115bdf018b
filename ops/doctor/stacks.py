"""The environment's stacks: whether CloudFormation can go on with each (FAULTS F34), and how full they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import Any

from ops.doctor.findings import Finding, failed, passed, warned
from ops.doctor.surroundings import Surroundings

# CloudFormation's quota (AWS: "resources per stack").
RESOURCES_LIMIT = 500
_NEARLY = 0.8


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One stack as CloudFormation describes it."""

    name: str
    region: str
    status: str
    reason: str
    changed: str
    protected: bool

    def command(self, action: str, *more: str) -> str:
        """`aws cloudformation …` for this stack."""
        return " ".join(["aws cloudformation", action, "--stack-name", self.name, "--region", self.region, *more])


def stacks_of(around: Surroundings) -> list[Stack]:
    """The environment's stacks in all of its regions; nested ones belong to their parents."""
    prefix = f"Acinaces-{around.environment.name}-"
    found = []
    for region in around.environment.regions:
        pages = around.client("cloudformation", region=region).get_paginator("describe_stacks").paginate()
        found += [
            _parse(stack, region)
            for page in pages
            for stack in page["Stacks"]
            if stack["StackName"].startswith(prefix) and "ParentId" not in stack
        ]
    return found


def stacks(around: Surroundings) -> list[Finding]:
    """The state of each stack with the exact next command."""
    found = stacks_of(around)
    if not found:
        return [passed("stacks", "nothing is deployed yet: this will be the first deployment")]
    return [state(stack, around) for stack in found]


def resources(around: Surroundings) -> list[Finding]:
    """How many resources each stack has, against CloudFormation's limit."""
    findings = []
    for stack in stacks_of(around):
        client = around.client("cloudformation", region=stack.region)
        pages = client.get_paginator("list_stack_resources").paginate(StackName=stack.name)
        count = sum(len(page["StackResourceSummaries"]) for page in pages)
        name, message = f"resources {stack.name}", f"{count} of {RESOURCES_LIMIT} resources"
        full = count >= _NEARLY * RESOURCES_LIMIT
        fix = "move groups of handlers into nested stacks before adding more"
        findings.append(warned(name, message, fix) if full else passed(name, message))
    return findings or [passed("resources", "no stack yet")]


def state(stack: Stack, around: Surroundings) -> Finding:
    """Whether this stack can be updated; where it cannot, the command that makes it so."""
    name, status = f"stack {stack.name}", stack.status
    message = f"{status}{f': {stack.reason}' if stack.reason else ''}"
    match status:
        case "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE":
            return passed(name, status)
        case "UPDATE_ROLLBACK_COMPLETE" | "IMPORT_ROLLBACK_COMPLETE":
            fix = f"read why: acinaces validate --env {around.environment.name}, and " + stack.command(
                "describe-stack-events", "--query", "\"StackEvents[?contains(ResourceStatus,'FAILED')]\""
            )
            return warned(name, f"{status}: the last change was put back; what was there before serves", fix)
        case "UPDATE_ROLLBACK_FAILED":
            broken = _resources_in(stack, around, "UPDATE_FAILED")
            return failed(name, message + _named(broken), stack.command("continue-update-rollback"))
        case "UPDATE_FAILED" | "IMPORT_ROLLBACK_FAILED":
            return failed(name, message, stack.command("rollback-stack"))
        case "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "CREATE_FAILED" | "REVIEW_IN_PROGRESS":
            # It was never created: CloudFormation accepts nothing but its deletion.
            return failed(name, message, _deletion(stack))
        case "DELETE_FAILED":
            left = _resources_in(stack, around, "DELETE_FAILED")
            kept = ["--retain-resources", *left] if left else []
            return failed(name, message + _named(left), _deletion(stack, *kept))
        case _ if status.endswith("_IN_PROGRESS"):
            return failed(name, f"{status} since {stack.changed}: somebody is deploying", _wait(stack))
        case _:
            return failed(name, f"{message}: not a state this command knows", stack.command("describe-stack-events"))


def removed_by_cdk(finding: Finding) -> bool:
    """Whether it is about a stack whose first creation failed: `cdk deploy` deletes it and makes it again.

    One with termination protection is not among them: its deletion is refused.
    """
    never_stood = finding.message.startswith(("ROLLBACK_COMPLETE", "ROLLBACK_FAILED"))
    return never_stood and finding.fix.startswith("aws cloudformation delete-stack ")


def _deletion(stack: Stack, *more: str) -> str:
    delete = stack.command("delete-stack", *more)
    if not stack.protected:
        return delete
    return f"{stack.command('update-termination-protection', '--no-enable-termination-protection')} && {delete}"


def _wait(stack: Stack) -> str:
    waits = {"CREATE": "stack-create-complete", "DELETE": "stack-delete-complete"}
    if "ROLLBACK" in stack.status:
        return stack.command("wait stack-rollback-complete")
    return stack.command(f"wait {waits.get(stack.status.split('_')[0], 'stack-update-complete')}")


def _resources_in(stack: Stack, around: Surroundings, status: str) -> list[str]:
    client = around.client("cloudformation", region=stack.region)
    pages = client.get_paginator("list_stack_resources").paginate(StackName=stack.name)
    return [
        item["LogicalResourceId"]
        for page in pages
        for item in page["StackResourceSummaries"]
        if item["ResourceStatus"] == status
    ]


def _named(resources: list[str]) -> str:
    return f" (stuck: {', '.join(resources)})" if resources else ""


def _parse(stack: dict[str, Any], region: str) -> Stack:
    changed = stack.get("LastUpdatedTime") or stack.get("CreationTime")
    return Stack(
        name=stack["StackName"],
        region=region,
        status=stack["StackStatus"],
        reason=stack.get("StackStatusReason", ""),
        changed=f"{changed.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if changed else "an unknown time",
        protected=bool(stack.get("EnableTerminationProtection")),
    )
