"""One thing that an environment has outside its stacks, and what the finders of such things share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol

from environments import Environment

# In the order of deployment; `destroy` goes from the last to the first. The first three hold state.
STACKS: Final = ("Network", "Data", "Secrets", "Edge", "Release", "Operations")
STATE: Final = ("Network", "Data", "Secrets")
# Days that AWS waits at most before a key or secret is gone for good.
GRACE_DAYS: Final = 30


class Clients(Protocol):
    """What the look needs: `ops.surroundings.Surroundings`, or doctor's."""

    @property
    def environment(self) -> Environment: ...

    def client(self, service: str, *, region: str | None = None) -> Any: ...


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """One thing. `command` removes it, and so does `remove`; None is left to people.

    `stack`: whose creation its name stops; empty where names do not collide. `note`: dates and amounts.
    """

    kind: str
    name: str
    command: str
    region: str
    note: str = ""
    stack: str = ""
    remove: Callable[[], None] | None = None


def stack_name(environment: Environment, stack: str) -> str:
    """`Acinaces-test-Data`."""
    return f"Acinaces-{environment.name}-{stack}"


def pages(client: Any, operation: str, key: str, **parameters: Any) -> Iterator[Any]:
    for page in client.get_paginator(operation).paginate(**parameters):
        yield from page.get(key, ())


def prefix(around: Clients) -> str:
    return around.environment.resource_name("")


def aws_command(around: Clients, command: str, region: str | None = None) -> str:
    return f"aws {command} --region {region or around.environment.aws.region}"
