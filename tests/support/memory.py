"""The functions' collaborators without AWS: dictionaries and lists that a test can look into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from lambda_src.platform_common import problems
from lambda_src.platform_common.cache import CacheUnavailable
from lambda_src.platform_common.clock import Clock
from lambda_src.platform_common.dynamo import _from_dynamo, _to_dynamo
from lambda_src.platform_common.secrets import Credentials, Version
from lambda_src.platform_common.store import (
    KEYS,
    Add,
    ConditionFailed,
    Delete,
    Edit,
    Key,
    Page,
    Put,
    Row,
    TableName,
    When,
    Write,
)


class FixedClock(Clock):
    """Stands still until moved; microseconds pass at every look, so that audit entries have an order."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        self.moment += timedelta(microseconds=1)
        return self.moment


class MemoryStore:
    """The `Store` interface over dictionaries; rows pass through DynamoDB's own type conversion."""

    def __init__(self) -> None:
        self.tables: dict[TableName, dict[tuple[Any, ...], Row]] = {table: {} for table in KEYS}
        self.reads = 0

    def rows(self, table: TableName) -> list[Row]:
        return list(self.tables[table].values())

    def connect(self) -> None:
        """Nothing to make."""

    def get(self, table: TableName, key: Key) -> Row | None:
        self.reads += 1
        row = self.tables[table].get(_position(table, key))
        return None if row is None else dict(row)

    def scan(self, table: TableName, *, limit: int, start: Key | None = None, having: str | None = None) -> Page:
        rows = sorted(self.rows(table), key=lambda row: _position(table, row))
        after = [row for row in rows if start is None or _position(table, row) > _position(table, start)]
        return self._page(table, after, limit, having=having)

    def newest(
        self, table: TableName, *, partition: Key, limit: int, start: Key | None = None, index: str | None = None
    ) -> Page:
        ((name, value),) = partition.items()
        assert name == ("day" if index == "by-day" else KEYS[table][0])
        rows = [row for row in self.rows(table) if row.get(name) == value]
        before = [row for row in rows if start is None or row["at"] < start["at"]]
        return self._page(table, sorted(before, key=lambda row: str(row["at"]), reverse=True), limit)

    def commit(self, writes: Sequence[Write]) -> None:
        for write in writes:
            if write.table == "audit":
                assert isinstance(write, Put), "an entry is only ever added"
                assert write.when.exists is False, "and never replaces another"
        failed = frozenset(at for at, write in enumerate(writes) if not self._holds(write))
        if failed:
            raise ConditionFailed(failed)
        for write in writes:
            self._apply(write)

    def _page(self, table: TableName, rows: list[Row], limit: int, having: str | None = None) -> Page:
        self.reads += 1
        seen, more = rows[:limit], len(rows) > limit
        return Page(
            items=[dict(row) for row in seen if having is None or having in row],
            last_key=dict(zip(KEYS[table], _position(table, seen[-1]), strict=True)) if more else None,
        )

    def _holds(self, write: Write) -> bool:
        row = self.tables[write.table].get(_position(write.table, write.key))
        when: When = write.when
        return not (
            (when.exists is not None and when.exists != (row is not None))
            or (when.version is not None and (row is None or row.get("version") != when.version))
            or (when.zero is not None and row is not None and row.get(when.zero, 0) != 0)
        )

    def _apply(self, write: Write) -> None:
        rows, position = self.tables[write.table], _position(write.table, write.key)
        match write:
            case Put():
                rows[position] = _from_dynamo(_to_dynamo(write.row))
            case Delete():
                rows.pop(position, None)
            case Edit():
                row = {name: value for name, value in rows[position].items() if name not in write.remove}
                rows[position] = row | _from_dynamo(_to_dynamo(write.values))
            case Add():
                row = rows.setdefault(position, dict(write.key))
                row[write.attribute] = Decimal(row.get(write.attribute, 0)) + write.amount


def _position(table: TableName, key: Key) -> tuple[Any, ...]:
    return tuple(key[name] for name in KEYS[table])


@dataclass
class MemoryBus:
    """Keeps events; `down` loses them."""

    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    down: bool = False

    def publish(self, detail_type: str, detail: dict[str, Any]) -> bool:
        if not self.down:
            self.events.append((detail_type, detail))
        return not self.down


@dataclass
class MemorySecrets:
    """Placeholders, except what a test populates."""

    populated: dict[str, dict[str, str]] = field(default_factory=dict)
    # By ARN and stage.
    versions: dict[tuple[str, str], Version] = field(default_factory=dict)
    forgotten: int = 0

    def credentials(self, name: str, fields: tuple[str, ...]) -> Credentials:
        values = self.populated.get(name, {})
        status = "populated" if all(name in values for name in fields) else "placeholder"
        return Credentials(name=name, status=status, version_id="v1", values=values)  # type: ignore[arg-type]

    def text(self, arn: str) -> str:
        return self.populated[arn]["text"]

    def reread(self, arn: str, *, stage: str) -> Version:
        self.forgotten += 1
        return self.versions[arn, stage]


@dataclass
class MemoryCache:
    """A cache without expiry; `down` makes it unreachable."""

    values: dict[str, str] = field(default_factory=dict)
    down: bool = False
    token: str = "the-token"

    def get(self, key: str) -> str | None:
        self.ping()
        return self.values.get(key)

    def put(self, key: str, value: str, *, ttl_ms: int) -> None:
        self.ping()
        assert ttl_ms > 0
        self.values[key] = value

    def ping(self) -> None:
        if self.down:
            raise CacheUnavailable("ConnectionError")

    def try_token(self, token: str) -> None:
        self.ping()
        if token != self.token:
            raise CacheUnavailable("AuthenticationError")


@dataclass
class MemoryStop:
    """The emergency stop; `reason` pulls it."""

    reason: str = ""

    def refuse_if_pulled(self) -> None:
        if self.reason:
            raise problems.unavailable("emergency-stop", "Trading is stopped. No order was placed.")


@dataclass
class MemoryWorkflows:
    """Keeps what was started."""

    started: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def start(self, workflow: str, *, name: str, document: Mapping[str, Any]) -> str:
        self.started.append((workflow, name, dict(document)))
        return f"arn:aws:states:eu-central-1:000000000000:execution:{workflow}:{name}"
