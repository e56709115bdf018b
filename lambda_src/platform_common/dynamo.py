"""The tables in DynamoDB, behind the `Store` interface."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from lambda_src.platform_common import aws
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

# Two changes that touch one row at the same moment: one of them is asked to come again.
CONFLICT_ATTEMPTS = 4
CONFLICT_PAUSE_S = 0.02


class DynamoStore:
    """Rows in DynamoDB. Makes no call before the first read or write.

    Args:
        tables: logical name to table name.
    """

    def __init__(self, tables: Mapping[TableName, str]) -> None:
        self._tables = tables

    def connect(self) -> None:
        aws.client("dynamodb")
        _types()

    def get(self, table: TableName, key: Key) -> Row | None:
        answer = aws.call(
            "dynamodb", "get_item", TableName=self._tables[table], Key=_to_dynamo(key), ConsistentRead=True
        )
        return _from_dynamo(answer["Item"]) if "Item" in answer else None

    def scan(self, table: TableName, *, limit: int, start: Key | None = None, having: str | None = None) -> Page:
        parameters: dict[str, Any] = {"TableName": self._tables[table], "Limit": limit, "ConsistentRead": True}
        if start:
            parameters["ExclusiveStartKey"] = _to_dynamo(start)
        if having:
            parameters["FilterExpression"] = "attribute_exists(#having)"
            parameters["ExpressionAttributeNames"] = {"#having": having}
        return _page(aws.call("dynamodb", "scan", **parameters))

    def newest(
        self, table: TableName, *, partition: Key, limit: int, start: Key | None = None, index: str | None = None
    ) -> Page:
        ((attribute, value),) = partition.items()
        parameters: dict[str, Any] = {
            "TableName": self._tables[table],
            "Limit": limit,
            "ScanIndexForward": False,
            "KeyConditionExpression": "#partition = :partition",
            "ExpressionAttributeNames": {"#partition": attribute},
            "ExpressionAttributeValues": _to_dynamo({":partition": value}),
            # An index is never consistent, and asking for it is an error.
            "ConsistentRead": index is None,
        }
        if index:
            parameters["IndexName"] = index
        if start:
            parameters["ExclusiveStartKey"] = _to_dynamo(start)
        return _page(aws.call("dynamodb", "query", **parameters))

    def commit(self, writes: Sequence[Write]) -> None:
        items = [self._transact_item(write) for write in writes]
        operation, parameters = "transact_write_items", {"TransactItems": items}
        if len(items) == 1:
            # Half the price of a transaction, and DynamoDB queues such writes to one row by itself.
            ((kind, parameters),) = items[0].items()
            operation = f"{kind.lower()}_item"
        for attempt in range(1, CONFLICT_ATTEMPTS + 1):
            try:
                aws.call("dynamodb", operation, **parameters)
                return
            except aws.AwsError as error:
                if error.code == "ConditionalCheckFailedException":
                    raise ConditionFailed(frozenset({0})) from error
                reasons = [str(reason.get("Code")) for reason in error.response.get("CancellationReasons", [])]
                failed = frozenset(at for at, reason in enumerate(reasons) if reason == "ConditionalCheckFailed")
                if failed:
                    raise ConditionFailed(failed) from error
                crossed = error.code == "TransactionConflictException" or "TransactionConflict" in reasons
                if not crossed:
                    raise
                if attempt == CONFLICT_ATTEMPTS:
                    error.temporary = True
                    raise
                time.sleep(CONFLICT_PAUSE_S * 2**attempt * random.random())  # noqa: S311 - jitter, not secrecy

    def _transact_item(self, write: Write) -> dict[str, Any]:
        names: dict[str, str] = {}
        values: dict[str, Any] = {}
        body: dict[str, Any] = {"TableName": self._tables[write.table]}
        condition = _condition(write.when, KEYS[write.table][0], names, values)
        if condition:
            body["ConditionExpression"] = condition
        match write:
            case Put():
                kind = "Put"
                body["Item"] = _to_dynamo(write.row)
            case Delete():
                kind = "Delete"
                body["Key"] = _to_dynamo(write.key)
            case Edit():
                kind = "Update"
                body["Key"] = _to_dynamo(write.key)
                body["UpdateExpression"] = _edit_expression(write, names, values)
            case Add():
                kind = "Update"
                body["Key"] = _to_dynamo(write.key)
                body["UpdateExpression"] = "ADD #counter :amount"
                names["#counter"] = write.attribute
                values[":amount"] = write.amount
        if names:
            body["ExpressionAttributeNames"] = names
        if values:
            body["ExpressionAttributeValues"] = _to_dynamo(values)
        return {kind: body}


def _condition(when: When, key_name: str, names: dict[str, str], values: dict[str, Any]) -> str:
    """The condition expression of `when`; fills in the names and values that it uses."""
    parts: list[str] = []
    if when.exists is not None:
        names["#key"] = key_name
        parts.append("attribute_exists(#key)" if when.exists else "attribute_not_exists(#key)")
    if when.version is not None:
        names["#version"] = "version"
        values[":version"] = when.version
        parts.append("#version = :version")
    if when.zero is not None:
        names["#zero"] = when.zero
        values[":zero"] = 0
        parts.append("(attribute_not_exists(#zero) OR #zero = :zero)")
    return " AND ".join(parts)


def _edit_expression(write: Edit, names: dict[str, str], values: dict[str, Any]) -> str:
    """`SET …, … REMOVE …, …` with placeholders for every name, since many words are reserved."""
    sets, removes = [], []
    for position, (name, value) in enumerate(write.values.items()):
        names[f"#s{position}"] = name
        values[f":s{position}"] = value
        sets.append(f"#s{position} = :s{position}")
    for position, name in enumerate(write.remove):
        names[f"#r{position}"] = name
        removes.append(f"#r{position}")
    return f"SET {', '.join(sets)}" + (f" REMOVE {', '.join(removes)}" if removes else "")


@cache
def _types() -> tuple[Any, Any]:
    """boto3's converters to and from DynamoDB's types, imported at first use."""
    from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

    class Exact(TypeDeserializer):
        """boto3's own raises at a number written out with more than 38 digits, as 1E+125 may be."""

        def _deserialize_n(self, value: str) -> Decimal:
            return Decimal(value)

    return TypeSerializer(), Exact()


def _to_dynamo(row: Mapping[str, Any]) -> dict[str, Any]:
    serializer, _ = _types()
    return {name: serializer.serialize(value) for name, value in row.items()}


def _from_dynamo(item: Mapping[str, Any]) -> Row:
    _, deserializer = _types()
    return {name: deserializer.deserialize(value) for name, value in item.items()}


def _page(answer: Mapping[str, Any]) -> Page:
    last_key = answer.get("LastEvaluatedKey")
    return Page(
        items=[_from_dynamo(item) for item in answer.get("Items", [])],
        last_key=_from_dynamo(last_key) if last_key else None,
    )
