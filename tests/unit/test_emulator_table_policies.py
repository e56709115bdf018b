"""Policies of tables and leading keys, on the emulator: an append-only table as the platform has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from aws_cdk import App, Stack
from botocore.exceptions import ClientError

from constructs.append_only import append_only
from local.cloud import EmbeddedCloud
from tests.support.embedded import put, started
from tests.support.roles import as_role

pytestmark = [pytest.mark.xdist_group("emulator")]

ACCOUNT, REGION = "000000000000", "eu-central-1"
ARN = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/entries"
OTHER = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/rows"
ENTRY = {"entityId": {"S": "template-1"}, "at": {"S": "2030"}}
NEW = "attribute_not_exists(entityId)"


def table(name: str, **more: Any) -> dict[str, Any]:
    keys = ("entityId", "at")
    return {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "TableName": name,
            "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in keys],
            "KeySchema": [
                {"AttributeName": keys[0], "KeyType": "HASH"},
                {"AttributeName": keys[1], "KeyType": "RANGE"},
            ],
            "BillingMode": "PAY_PER_REQUEST",
            **more,
        },
    }


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    policy = Stack(App(), "Any").resolve(append_only(ARN))
    with started(tmp_path_factory.mktemp("state")) as cloud:
        put(
            cloud,
            "Tables",
            {"Entries": table("entries", ResourcePolicy={"PolicyDocument": policy}), "Rows": table("rows")},
        )
        cloud.client("dynamodb").put_item(TableName="entries", Item=ENTRY)
        yield cloud


@pytest.fixture(scope="module")
def writer(cloud: EmbeddedCloud) -> Any:
    """A role that may do everything with both tables."""
    return as_role(cloud, "writer", "dynamodb", {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"})


ADD = {"PutRequest": {"Item": ENTRY}}
DELETE = """DELETE FROM "entries" WHERE entityId='template-1' AND "at"='2030'"""
UPDATE = """UPDATE entries SET a='b' WHERE entityId='template-1' AND "at"='2030'"""
WRITES: dict[str, tuple[str, dict[str, Any]]] = {
    "delete": ("delete_item", {"TableName": "entries", "Key": ENTRY}),
    "update": ("update_item", {"TableName": "entries", "Key": ENTRY, "UpdateExpression": "REMOVE actor"}),
    "batch": ("batch_write_item", {"RequestItems": {"entries": [{"DeleteRequest": {"Key": ENTRY}}]}}),
    "batch with another table": ("batch_write_item", {"RequestItems": {"rows": [ADD], "entries": [ADD]}}),
    "transaction": (
        "transact_write_items",
        {
            "TransactItems": [
                {"Put": {"TableName": "rows", "Item": ENTRY}},
                {"Delete": {"TableName": "entries", "Key": ENTRY}},
            ]
        },
    ),
    "PartiQL delete": ("execute_statement", {"Statement": DELETE}),
    "PartiQL update": ("batch_execute_statement", {"Statements": [{"Statement": UPDATE}]}),
}


@pytest.mark.parametrize("name", WRITES)
def test_an_entry_is_neither_changed_nor_removed_by_a_role_that_may_do_everything(writer: Any, name: str) -> None:
    operation, request = WRITES[name]
    with pytest.raises(ClientError, match="with an explicit deny in a resource-based policy") as refused:
        getattr(writer, operation)(**request)
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"


def test_entries_are_added_alone_and_together_with_a_row_and_never_replaced(writer: Any) -> None:
    for moment in ("2031", "2032"):
        entry = {"TableName": "entries", "Item": {**ENTRY, "at": {"S": moment}}, "ConditionExpression": NEW}
        if moment == "2031":
            writer.put_item(**entry)
        else:
            writer.transact_write_items(TransactItems=[{"Put": entry}, {"Put": {"TableName": "rows", "Item": ENTRY}}])
        with pytest.raises(writer.exceptions.ConditionalCheckFailedException):
            writer.put_item(**entry)
    assert writer.query(
        TableName="entries",
        KeyConditionExpression="entityId = :id",
        ExpressionAttributeValues={":id": {"S": "template-1"}},
    )["Count"] == 3  # fmt: skip


def test_a_stack_that_takes_the_policy_away_takes_it_away(cloud: EmbeddedCloud, writer: Any) -> None:
    policy = {"PolicyDocument": Stack(App(), "Any").resolve(append_only(f"{ARN}-2"))}
    key = {"TableName": "entries-2", "Key": ENTRY}
    put(cloud, "Second", {"Entries": table("entries-2", ResourcePolicy=policy)})
    with pytest.raises(ClientError, match="AccessDeniedException"):
        writer.delete_item(**key)
    put(cloud, "Second", {"Entries": table("entries-2")})
    writer.delete_item(**key)


OWN = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["smoke-*"]}}
KEYS: dict[str, tuple[str, dict[str, Any]]] = {
    "get": ("get_item", {"TableName": "rows", "Key": ENTRY}),
    "put": ("put_item", {"TableName": "rows", "Item": ENTRY}),
    "query": (
        "query",
        {
            "TableName": "rows",
            "KeyConditionExpression": "#id = :id",
            "ExpressionAttributeNames": {"#id": "entityId"},
            "ExpressionAttributeValues": {":id": {"S": "template-1"}},
        },
    ),
    "batch": ("batch_get_item", {"RequestItems": {"rows": {"Keys": [ENTRY]}}}),
    "transaction": ("transact_write_items", {"TransactItems": [{"Delete": {"TableName": OTHER, "Key": ENTRY}}]}),
}


@pytest.mark.parametrize("name", KEYS)
def test_leading_keys_keep_a_role_within_its_own_partitions(cloud: EmbeddedCloud, name: str) -> None:
    own = as_role(
        cloud, "own", "dynamodb", {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*", "Condition": OWN}
    )
    operation, request = KEYS[name]
    with pytest.raises(ClientError, match=r"AccessDeniedException.*no identity-based policy allows"):
        getattr(own, operation)(**request)
    getattr(own, operation)(**_about_own_rows(request))


def _about_own_rows(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _about_own_rows(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_about_own_rows(one) for one in value]
    return "smoke-1" if value == "template-1" else value
