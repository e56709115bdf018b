"""All that an environment has outside its stacks: retained on purpose, or left by a deletion.

`doctor` asks because names that are taken stop a first deployment; `destroy` because it lists, or deletes, the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from botocore.exceptions import ClientError

from ops.removal import rest_left, state_left
from ops.removal.leftover import STACKS, Clients, Leftover, stack_name

_AT_ONCE: Final = 8
_FINDERS: Final = (*rest_left.FINDERS, *state_left.FINDERS)
_COLLIDING: Final = (*rest_left.COLLIDING, *state_left.COLLIDING)


def leftovers(around: Clients, *, colliding: bool = False) -> list[Leftover]:
    """All of them, in the order in which they can be removed: keys last, because the others are encrypted by them.

    `colliding`: only kinds whose names a stack would want for itself.
    """
    finders = _COLLIDING if colliding else _FINDERS
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        owned = pool.submit(_in_stacks, around)
        found = [pool.submit(_all_of, find, around) for find in finders]
        inside = owned.result()
        return [item for finder in found for item in finder.result() if item.name not in inside]


def _all_of(find: Callable[[Clients], Iterator[Leftover]], around: Clients) -> list[Leftover]:
    return list(find(around))


def _in_stacks(around: Clients) -> set[str]:
    """Physical ids of all that the environment's stacks have."""
    inside: set[str] = set()
    for region in around.environment.regions:
        client = around.client("cloudformation", region=region)
        for stack in STACKS:
            try:
                pages = client.get_paginator("list_stack_resources").paginate(
                    StackName=stack_name(around.environment, stack)
                )
                inside |= {
                    item.get("PhysicalResourceId", "")
                    for page in pages
                    for item in page["StackResourceSummaries"]
                    # What failed to be deleted, or was left on purpose, is outside.
                    if item["ResourceStatus"] not in ("DELETE_COMPLETE", "DELETE_SKIPPED")
                }
            except ClientError as error:
                if error.response["Error"]["Code"] != "ValidationError":
                    raise
    return inside
