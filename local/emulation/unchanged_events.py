"""An update tells of the resources that it changes, and of no others, as on AWS.

The emulator writes UPDATE_IN_PROGRESS and UPDATE_COMPLETE for every resource of the stack. A person who reads what
a release has changed, and a test that counts it, would find the whole stack.
"""

from __future__ import annotations

import functools
from collections.abc import MutableSequence
from typing import Any

_STARTED, _DONE = "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"


def install() -> None:
    """Take back the event of a resource that turns out to be unchanged, and leave out the one that would follow."""
    from ministack.services.cloudformation import _stack_events, stacks

    update, add_event = stacks._update_keeping_seed, stacks._add_event
    unchanged: set[tuple[str, str]] = set()

    @functools.wraps(update)
    def update_quietly(
        resource_type: str, physical_id: str, old: Any, new: Any, stack_name: str, logical_id: str, attributes: Any
    ) -> Any:
        if old == new:
            stack_id = stacks_id(stack_name)
            take_back(_stack_events.get(stack_id, []), logical_id=logical_id)
            unchanged.add((stack_id, logical_id))
        return update(resource_type, physical_id, old, new, stack_name, logical_id, attributes)

    @functools.wraps(add_event)
    def add_event_of_change(
        stack_id: str, stack_name: str, logical_id: str, resource_type: str, status: str, *rest: Any, **options: Any
    ) -> None:
        if status == _DONE and (stack_id, logical_id) in unchanged:
            unchanged.discard((stack_id, logical_id))
            return
        add_event(stack_id, stack_name, logical_id, resource_type, status, *rest, **options)

    stacks._update_keeping_seed = update_quietly
    stacks._add_event = add_event_of_change


def stacks_id(stack_name: str) -> str:
    """The id of the stack that has the name now."""
    from ministack.services.cloudformation import _stacks

    return str((_stacks.get(stack_name) or {}).get("StackId", ""))


def take_back(events: MutableSequence[dict[str, Any]], *, logical_id: str) -> None:
    """Remove the latest event if it says that the resource's update has started."""
    if events and events[-1]["LogicalResourceId"] == logical_id and events[-1]["ResourceStatus"] == _STARTED:
        events.pop()
