"""What CloudFormation of an embedded cloud says: which stacks there are, whether they can go on, what they answer."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from environments.sections import EDGE_REGION
from local.cloud import EmbeddedCloud
from ops.bootstrap.template import STACK as _ACCESS

_TOOLKIT = "CDKToolkit"
# From these neither cdk nor a person gets a stack on without deleting it.
_STUCK = frozenset({"ROLLBACK_FAILED", "UPDATE_ROLLBACK_FAILED", "DELETE_FAILED"})
_POLL_S = 0.2


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One stack: where it is, how it is, and its outputs."""

    name: str
    region: str
    status: str
    # When the last operation on it began, as CloudFormation says; changes with each.
    changed: str
    outputs: dict[str, str]

    @property
    def in_progress(self) -> bool:
        """Whether CloudFormation is at work on it; a change set that waits for review is not."""
        return self.status.endswith("_IN_PROGRESS") and not self.status.startswith("REVIEW")

    @property
    def stuck(self) -> bool:
        """Whether no deployment can mend it."""
        return self.status in _STUCK

    @property
    def healthy(self) -> bool:
        """Whether the last operation did what was asked for."""
        return self.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE")


def regions(cloud: EmbeddedCloud) -> list[str]:
    """The regions that the environment's stacks live in: its own, and CloudFront's."""
    return list(dict.fromkeys([cloud.region, EDGE_REGION]))


def stacks(cloud: EmbeddedCloud) -> list[Stack]:
    """All stacks but the bootstrap's, by region and name; nested ones are part of their parent."""
    found = []
    for region in regions(cloud):
        pages = cloud.client("cloudformation", region=region).get_paginator("describe_stacks").paginate()
        found += [_parse(stack, region) for page in pages for stack in page["Stacks"] if "ParentId" not in stack]
    own = (stack for stack in found if stack.name not in (_TOOLKIT, _ACCESS))
    return sorted(own, key=lambda stack: (stack.region, stack.name))


def missing_bootstrap(cloud: EmbeddedCloud) -> list[str]:
    """Regions that `cdk bootstrap` has not finished in."""
    return [region for region in regions(cloud) if not _bootstrapped(cloud, region)]


def settle(cloud: EmbeddedCloud, *, time_limit_s: float) -> list[Stack]:
    """Wait until no stack is in progress (an interrupted command leaves the emulator at work).

    Returns the stacks, among them those still in progress after `time_limit_s` seconds.
    """
    deadline = time.monotonic() + time_limit_s
    while True:
        found = stacks(cloud)
        if not any(stack.in_progress for stack in found) or time.monotonic() > deadline:
            return found
        time.sleep(_POLL_S)


def with_outputs(found: Sequence[Stack], *names: str) -> Stack | None:
    """The first stack that has all of the outputs."""
    return next((stack for stack in found if all(name in stack.outputs for name in names)), None)


def _bootstrapped(cloud: EmbeddedCloud, region: str) -> bool:
    try:
        answer = cloud.client("cloudformation", region=region).describe_stacks(StackName=_TOOLKIT)
    except ClientError:
        return False
    return any(_parse(stack, region).healthy for stack in answer["Stacks"])


def _parse(stack: dict[str, Any], region: str) -> Stack:
    outputs = {output["OutputKey"]: output.get("OutputValue", "") for output in stack.get("Outputs", [])}
    changed = str(stack.get("LastUpdatedTime") or stack.get("CreationTime"))
    return Stack(name=stack["StackName"], region=region, status=stack["StackStatus"], changed=changed, outputs=outputs)
