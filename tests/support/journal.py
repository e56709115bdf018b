"""The journal's table in memory: what `lambda_src.journal.Journal` asks of boto3's DynamoDB client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from lambda_src.journal import Journal


def client_error(code: str) -> ClientError:
    """What boto3 raises when AWS answers with this code."""
    return ClientError({"Error": {"Code": code, "Message": "refused by the test"}}, "Operation")


class _Exceptions:
    class ConditionalCheckFailedException(Exception):
        pass

    class ResourceNotFoundException(Exception):
        pass

    ClientError = ClientError

    class ParameterNotFound(Exception):
        pass


class MemoryTable:
    """`items` by (stream, id)."""

    exceptions: Any = _Exceptions

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], Any] = {}

    @property
    def journal(self) -> Journal:
        """The journal that is kept here."""
        return Journal(self, table="demo-journal")

    def put_item(self, *, TableName: str, Item: Any, ConditionExpression: str) -> None:
        assert (TableName, ConditionExpression) == ("demo-journal", "attribute_not_exists(id)")
        if _key(Item) in self.items:
            raise self.exceptions.ConditionalCheckFailedException
        self.items[_key(Item)] = Item

    def get_item(self, *, Key: Any, **_: Any) -> Any:
        return {"Item": self.items[_key(Key)]} if _key(Key) in self.items else {}

    def get_paginator(self, operation: str) -> MemoryTable:
        assert operation == "query"
        return self

    def paginate(self, **_: Any) -> Iterator[Any]:
        """A page per item, newest first."""
        for key in sorted(self.items, reverse=True):
            yield {"Items": [self.items[key]]}


def _key(item: Any) -> tuple[str, str]:
    return item["stream"]["S"], item["id"]["S"]
