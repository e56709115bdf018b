"""What differs between the templates of two commits."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Impact(StrEnum):
    """What CloudFormation would do to a resource, in the words of the library behind `cdk diff`."""

    CREATE = "WILL_CREATE"
    UPDATE = "WILL_UPDATE"
    REPLACE = "WILL_REPLACE"
    MAY_REPLACE = "MAY_REPLACE"
    DESTROY = "WILL_DESTROY"
    # Taken out of the stack and kept: DeletionPolicy is Retain.
    ORPHAN = "WILL_ORPHAN"
    IMPORT = "WILL_IMPORT"
    NOTHING = "NO_CHANGE"


@dataclass(frozen=True, kw_only=True)
class ResourceChange:
    """One resource that differs. `before` and `after` are the template's own entries; None where there is none.

    properties: the changed ones, each with its own impact. attributes: `DeletionPolicy` and the like.
    """

    id: str
    path: str
    type: str
    impact: Impact
    properties: dict[str, Impact] = field(default_factory=dict)
    attributes: tuple[str, ...] = ()
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A permission that is there (`added`) or no longer there. Each field holds the values of one cell."""

    added: bool
    resources: frozenset[str]
    effect: str
    actions: frozenset[str]
    principals: frozenset[str]
    condition: str = ""


@dataclass(frozen=True, kw_only=True)
class StackDifference:
    """One stack of one environment. `managed_policies` and `security_groups` are rows that start with + or -."""

    environment: str
    stack: str
    resources: tuple[ResourceChange, ...] = ()
    others: tuple[str, ...] = ()
    statements: tuple[Statement, ...] = ()
    managed_policies: tuple[tuple[str, ...], ...] = ()
    security_groups: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """environments: all that were compared. account: by environment, so that equal changes are told once."""

    environments: tuple[str, ...]
    stacks: tuple[StackDifference, ...]
    accounts: dict[str, str] = field(default_factory=dict)
