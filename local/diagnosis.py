"""Why a deployment failed, as far as the machine can tell: failed resources, functions' logs, the tail of cdk's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.cloud import EmbeddedCloud, last_lines
from local.stacks import regions, stacks

GATE_TYPE = "Custom::VerificationGate"
_TAIL = 15
_LOG_LINES = 12
_LOG_GROUPS = 3
_FUNCTION_LOGS = "/aws/lambda/"
_TROUBLE = re.compile(r"Traceback|\bERROR\b|\"level\": ?\"(ERROR|CRITICAL)\"|Task timed out|Init phase timed out")
# cdk's words for an application that ended with an exit code, or with findings that nobody has acknowledged.
_SYNTHESIS = re.compile(r"Subprocess exited with error|Synthesis finished with errors")
_USAGE_EXIT = re.compile(r"Subprocess exited with error 2\b")


@dataclass(frozen=True, kw_only=True)
class FailedResource:
    """One resource that CloudFormation could not create or update, with its reason."""

    stack: str
    resource_type: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """What is known about a failure, most telling first."""

    failed: tuple[FailedResource, ...]
    function_logs: dict[str, list[str]]
    tail: list[str]
    log: Path

    @property
    def by_gate(self) -> bool:
        """Whether the release's own checks stopped it."""
        return any(resource.resource_type == GATE_TYPE for resource in self.failed)

    @property
    def by_synthesis(self) -> bool:
        """Whether nothing was deployed because the application could not be synthesised."""
        return not self.failed and any(_SYNTHESIS.search(line) for line in self.tail)

    @property
    def by_settings(self) -> bool:
        """Whether synthesis refused the environment's files or a handler's declaration."""
        return any(_USAGE_EXIT.search(line) for line in self.tail)


def diagnose(cloud: EmbeddedCloud, *, log: Path, since: float) -> Diagnosis:
    """Ask CloudFormation and the function logs what went wrong since `since` (epoch seconds); cdk wrote `log`."""
    failed = failed_resources(stack_events(cloud, since=since))
    return Diagnosis(
        failed=failed,
        function_logs=_function_logs(cloud, since=since) if failed else {},
        tail=last_lines(log, _TAIL),
        log=log,
    )


def failed_resources(events: Iterable[Mapping[str, Any]]) -> tuple[FailedResource, ...]:
    """The failed resources among CloudFormation's events, in order; a stack's own event only repeats its resources."""
    return tuple(
        FailedResource(
            stack=event["StackName"],
            resource_type=event["ResourceType"],
            reason=f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}",
        )
        for event in events
        if event["ResourceStatus"].endswith("_FAILED") and event["ResourceType"] != "AWS::CloudFormation::Stack"
    )


def stack_events(cloud: EmbeddedCloud, *, since: float) -> list[dict[str, Any]]:
    """All stacks' events since `since` (epoch seconds), oldest first."""
    found: list[dict[str, Any]] = []
    for stack in stacks(cloud):
        client = cloud.client("cloudformation", region=stack.region)
        pages = client.get_paginator("describe_stack_events").paginate(StackName=stack.name)
        found += [event for page in pages for event in page["StackEvents"] if event["Timestamp"].timestamp() >= since]
    return sorted(found, key=lambda event: event["Timestamp"])


def _function_logs(cloud: EmbeddedCloud, *, since: float) -> dict[str, list[str]]:
    """The last lines of the function logs that speak of trouble since then, by log group, the latest trouble first."""
    troubled: dict[str, tuple[int, list[str]]] = {}
    for region in regions(cloud):
        logs = cloud.client("logs", region=region)
        pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=_FUNCTION_LOGS)
        for group in (group["logGroupName"] for page in pages for group in page["logGroups"]):
            events = logs.filter_log_events(logGroupName=group, startTime=int(since * 1000))["events"]
            trouble = [index for index, event in enumerate(events) if _TROUBLE.search(event["message"])]
            if trouble:
                shown = events[max(trouble[-1] - _LOG_LINES // 2, 0) :][:_LOG_LINES]
                lines = [event["message"].rstrip() for event in shown]
                troubled[group] = (events[trouble[-1]]["timestamp"], lines)
    latest = sorted(troubled.items(), key=lambda item: item[1][0], reverse=True)[:_LOG_GROUPS]
    return {group: lines for group, (_when, lines) in latest}
