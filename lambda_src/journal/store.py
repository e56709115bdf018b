"""The journal's table: one partition, sorted by time; an entry is written once and never changed.

stream = "journal", id = "<at>#<attempt>#<kind>", body = JSON
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from lambda_src.journal.records import JournalEntry, ReleaseRecord, assemble

_STREAM: Final = "journal"
# A few releases a day: what is older than this many entries is read on demand only.
_RECENT: Final = 500


class JournalConflictError(Exception):
    """Raised when an entry with the same time, attempt and kind is there already, with another content."""


def journal_table_name(environment: str) -> str:
    """The physical name, which ops knows without asking."""
    return f"{environment}-crypto-trading-journal"


class Journal:
    """The journal of one environment. `client`: boto3's DynamoDB client, whose exceptions come through."""

    def __init__(self, client: Any, *, table: str) -> None:
        self._client = client
        self._table = table

    def append(self, entry: JournalEntry) -> None:
        """Adds `entry`; adding the very same again changes nothing. Raises JournalConflictError."""
        item = {
            "stream": {"S": _STREAM},
            "id": {"S": f"{entry.at}#{entry.attempt}#{entry.kind}"},
            "attempt": {"S": entry.attempt},
            "kind": {"S": entry.kind.value},
            "at": {"S": entry.at},
            "by": {"S": entry.by},
            "body": {"S": json.dumps(entry.body, sort_keys=True)},
        }
        try:
            self._client.put_item(TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(id)")
        except self._client.exceptions.ConditionalCheckFailedException:
            key = {"stream": item["stream"], "id": item["id"]}
            found = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
            if found != item:
                raise JournalConflictError(f"{item['id']['S']} is in the journal already") from None

    def entries(self, *, limit: int | None = _RECENT) -> Iterator[JournalEntry]:
        """Newest first; all of them with `limit=None`."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "#stream = :stream",
            "ExpressionAttributeNames": {"#stream": "stream"},
            "ExpressionAttributeValues": {":stream": {"S": _STREAM}},
            "ScanIndexForward": False,
            "ConsistentRead": True,
        }
        count = 0
        for page in self._client.get_paginator("query").paginate(**request):
            for item in page["Items"]:
                if limit is not None and count >= limit:
                    return
                count += 1
                yield _entry(item)

    def records(self, *, limit: int | None = _RECENT) -> list[ReleaseRecord]:
        """The attempts in the newest `limit` entries, newest first."""
        return assemble(self.entries(limit=limit))


def _entry(item: Any) -> JournalEntry:
    return JournalEntry(
        attempt=item["attempt"]["S"],
        kind=item["kind"]["S"],
        at=item["at"]["S"],
        by=item["by"]["S"],
        body=json.loads(item["body"]["S"]),
    )
