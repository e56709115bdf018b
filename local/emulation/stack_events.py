"""A change of a stack's status is an event on the default bus, as on AWS; the emulator only lists it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-stack-status-change.html
"""

from __future__ import annotations

import functools
import json
import sys
from typing import Any

_STACK = "AWS::CloudFormation::Stack"
_PACKAGE = "ministack.services.cloudformation"


def install() -> None:
    """Publish the event behind every entry of a stack's history that is about the stack itself.

    Before `unchanged_events`, which wraps one of the modules' names only.
    """
    from ministack.services.cloudformation import stacks

    add_event = stacks._add_event

    @functools.wraps(add_event)
    def add_and_publish(
        stack_id: str, stack_name: str, logical_id: str, resource_type: str, status: str, *rest: Any, **options: Any
    ) -> None:
        add_event(stack_id, stack_name, logical_id, resource_type, status, *rest, **options)
        # A nested stack has entries of this type in its parent's history too, by its logical id there.
        if resource_type == _STACK and logical_id == stack_name:
            publish(stack_id, status=status, reason=str(rest[0] if rest else options.get("reason", "")))

    for name, module in list(sys.modules.items()):
        if name.startswith(_PACKAGE) and getattr(module, "_add_event", None) is add_event:
            module._add_event = add_and_publish  # type: ignore[attr-defined]


def publish(stack_id: str, *, status: str, reason: str) -> None:
    """Put "CloudFormation Stack Status Change" on the default bus."""
    from ministack.services import eventbridge

    detail = {"stack-id": stack_id, "status-details": {"status": status, "status-reason": reason}}
    entry = {
        "Source": "aws.cloudformation",
        "DetailType": "CloudFormation Stack Status Change",
        "Detail": json.dumps(detail),
        "Resources": [stack_id],
    }
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
