"""The small interface through which functions reach their tables.

`DynamoStore` implements it in Lambda; a dictionary implements it in unit tests. All writes of one
change go through `commit`, so a row and its audit entry exist together or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Row = dict[str, Any]
Key = Mapping[str, Any]
TableName = Literal["templates", "strategies", "risk-profiles", "data-sources", "providers", "orders", "audit"]

# Partition key, and sort key where there is one.
KEYS: dict[TableName, tuple[str, ...]] = {
    "templates": ("templateId",),
    "strategies": ("strategyId",),
    "risk-profiles": ("profileId",),
    "data-sources": ("dataSourceId",),
    "providers": ("providerId",),
    "orders": ("orderId",),
    "audit": ("entityId", "at"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """What must hold for a write. Nothing set: always.

    exists: the row is there (True) or not there (False).
    version: the row still has this `version`.
    zero: this attribute is absent or 0.
    """

    exists: bool | None = None
    version: int | None = None
    zero: str | None = None


ALWAYS = When()


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """Writes the whole row."""

    table: TableName
    row: Row
    when: When = ALWAYS

    @property
    def key(self) -> Key:
        return {name: self.row[name] for name in KEYS[self.table]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Sets and removes attributes; all others stay, also those that this release does not know."""

    table: TableName
    key: Key
    values: Row
    remove: Sequence[str] = ()
    when: When = ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Add:
    """Adds `amount` to a number attribute; absent counts as 0."""

    table: TableName
    key: Key
    attribute: str
    amount: int
    when: When = ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """Removes the row."""

    table: TableName
    key: Key
    when: When = ALWAYS


Write = Put | Edit | Add | Delete


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Part of a list. `last_key` continues it; None: that was all."""

    items: list[Row] = field(default_factory=list)
    last_key: dict[str, Any] | None = None


class ConditionFailed(Exception):
    """At least one write's condition did not hold, so nothing was written.

    Attributes:
        failed: positions of those writes in the sequence given to `commit`.
    """

    def __init__(self, failed: frozenset[int]) -> None:
        super().__init__(f"conditions of writes {sorted(failed)} did not hold")
        self.failed = failed


class Store(Protocol):
    """Reads are consistent, except those through an index."""

    def connect(self) -> None:
        """Makes what the first read would make, so that its time is that of the table alone."""
        ...

    def get(self, table: TableName, key: Key) -> Row | None:
        """The row with this key, or None."""
        ...

    def scan(self, table: TableName, *, limit: int, start: Key | None = None, having: str | None = None) -> Page:
        """Up to `limit` rows in no particular order; only those with the attribute `having`."""
        ...

    def newest(
        self, table: TableName, *, partition: Key, limit: int, start: Key | None = None, index: str | None = None
    ) -> Page:
        """Up to `limit` rows of one partition (`{attribute: value}`), highest sort key first."""
        ...

    def commit(self, writes: Sequence[Write]) -> None:
        """All of `writes`, or none.

        Raises:
            ConditionFailed: a condition did not hold.
        """
        ...
