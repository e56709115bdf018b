"""The journal's entries for what must not need a layer: read and appended with boto3 alone.

The same table and items as `lambda_src.journal.Journal`, whose models come with the layer of the release that is to be
left; a test keeps the two alike.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

STREAM: Final = "journal"
# As the journal: a few releases a day.
RECENT: Final = 500


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry; the fields of `lambda_src.journal.JournalEntry`."""

    attempt: str
    kind: str
    at: str
    by: str = "unknown"
    body: dict[str, Any] = field(default_factory=dict)


class Moments:
    """Times for entries, ISO 8601 in UTC: two of one process are never the same, so no entry hides another."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = datetime.min.replace(tzinfo=UTC)

    def next(self) -> str:
        """Now, or a microsecond after the one before."""
        with self._lock:
            self._last = max(datetime.now(UTC), self._last + timedelta(microseconds=1))
            return self._last.isoformat(timespec="microseconds")


def append(client: Any, table: str, entry: Entry) -> None:
    """Adds `entry`. Raises what boto3 raises, ConditionalCheckFailedException where one like it is there already."""
    client.put_item(
        TableName=table,
        Item={
            "stream": {"S": STREAM},
            "id": {"S": f"{entry.at}#{entry.attempt}#{entry.kind}"},
            "attempt": {"S": entry.attempt},
            "kind": {"S": entry.kind},
            "at": {"S": entry.at},
            "by": {"S": entry.by},
            "body": {"S": json.dumps(entry.body, sort_keys=True)},
        },
        ConditionExpression="attribute_not_exists(id)",
    )


def recent(client: Any, table: str, *, limit: int = RECENT) -> list[Entry]:
    """The newest `limit` entries, oldest first. Raises what boto3 raises."""
    found: list[Entry] = []
    for item in _newest(client, table):
        if len(found) >= limit:
            break
        found.append(
            Entry(
                attempt=item["attempt"]["S"],
                kind=item["kind"]["S"],
                at=item["at"]["S"],
                by=item["by"]["S"],
                body=json.loads(item["body"]["S"]),
            )
        )
    return found[::-1]


def _newest(client: Any, table: str) -> Iterator[Any]:
    pages = client.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression="#stream = :stream",
        ExpressionAttributeNames={"#stream": "stream"},
        ExpressionAttributeValues={":stream": {"S": STREAM}},
        ScanIndexForward=False,
        ConsistentRead=True,
    )
    for page in pages:
        yield from page["Items"]
