"""Policies of DynamoDB tables: kept when CloudFormation makes a table, evaluated with each request, by leading key too.

Ends when the emulator evaluates `ResourcePolicy` of AWS::DynamoDB::Table, `dynamodb:LeadingKeys` and PartiQL's actions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

ENFORCES: Final = (
    "A table's resource policy is stored with the table and evaluated with every request: a Deny in it wins "
    "(AccessDeniedException … with an explicit deny in a resource-based policy).",
    "dynamodb:LeadingKeys holds the partition keys that each action of a request names, also in batches, queries and "
    "transactions; a condition on it is refused with AccessDeniedException.",
    "ExecuteStatement and BatchExecuteStatement need dynamodb:PartiQLSelect, PartiQLInsert, PartiQLUpdate or "
    "PartiQLDelete on the table that they name.",
)
NOT_ENFORCED: Final = ("Leading keys of PartiQL statements are not looked for; no role of the platform may send any.",)

_PARTIQL: Final = re.compile(
    r"""\s*(?:(INSERT)\s+INTO|(UPDATE)|(DELETE)\s+FROM|(SELECT)\b.*?\bFROM)\s+"?([A-Za-z0-9_.:/-]+)""", re.I | re.S
)
_IN_TRANSACTION: Final = {
    "ConditionCheck": "dynamodb:ConditionCheckItem",
    "Delete": "dynamodb:DeleteItem",
    "Get": "dynamodb:GetItem",
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
}
# Under this name a request's context has the keys of all tables.
_BY_TABLE: Final = "acinaces:leadingkeys"


def install() -> None:
    """Adds to the emulator's IAM what it does not know of DynamoDB."""
    from ministack.core import iam_actions, iam_evaluator
    from ministack.services import dynamodb

    dynamodb.table_policy_for_arn = _policy_of
    iam_evaluator._RESOURCE_POLICY_LOOKUPS["dynamodb"] = ("dynamodb", "table_policy_for_arn")
    context, checks = iam_actions.dynamodb_service_context, iam_actions.dynamodb_transaction_checks
    resolve = iam_evaluator._resolve_condition_key

    def with_keys(body: bytes) -> dict[str, Any]:
        return {**context(body), _BY_TABLE: leading_keys(_document(body), _partition_key)}

    def with_partiql(action: str, body: bytes, region: str, account: str) -> list[tuple[str, str]]:
        found = [
            (kind, iam_actions._dynamodb_table_arn(table, region, account))
            for kind, table in partiql_actions(_document(body))
        ]
        return found if found and "Statement" in action else checks(action, body, region, account)

    def resolve_with_keys(key: str, request: Any) -> Any:
        if key.lower() != "dynamodb:leadingkeys":
            return resolve(key, request)
        found, table = request.service_context.get(_BY_TABLE) or {}, _name(request.resource_arn)
        return found.get((request.action, table)) or found.get(("", table))

    iam_actions.dynamodb_service_context = with_keys
    iam_actions.dynamodb_transaction_checks = with_partiql
    iam_evaluator._resolve_condition_key = resolve_with_keys
    _keep_policies_of_stacks()


def _keep_policies_of_stacks() -> None:
    from ministack.services import dynamodb
    from ministack.services.cloudformation import provisioners

    handlers = provisioners._RESOURCE_HANDLERS["AWS::DynamoDB::Table"]
    create, update = handlers["create"], handlers["update"]

    def keep(made: Any, properties: Mapping[str, Any]) -> Any:
        dynamodb._resource_policies.pop(made[1]["Arn"], None)
        document = (properties.get("ResourcePolicy") or {}).get("PolicyDocument")
        if document:
            request = {"ResourceArn": made[1]["Arn"], "Policy": json.dumps(document)}
            status, _, answer = dynamodb._put_resource_policy(request)
            if status >= 400:
                raise ValueError(f"AWS::DynamoDB::Table: {answer!r}")
        return made

    handlers["create"] = lambda logical_id, new, stack: keep(create(logical_id, new, stack), new)
    handlers["update"] = lambda name, old, new, *rest, **more: keep(update(name, old, new, *rest, **more), new)


def _policy_of(arn: str) -> tuple[str | None, str | None] | None:
    """A table's policy and the account that owns it; indexes have their table's."""
    from ministack.services import dynamodb

    table = arn.partition("/index/")[0]
    entry = dynamodb._resource_policies.get(table)
    return (entry["Policy"], table.split(":")[4]) if entry else None


def _partition_key(table: str) -> str | None:
    from ministack.services import dynamodb

    found = dynamodb._tables.get(table)
    return found["pk_name"] if found else None


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def partiql_actions(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The action of each PartiQL statement of a request, and its table."""
    statements = [document, *(document.get("Statements") or [])]
    found = []
    for statement in statements:
        match = _PARTIQL.match(statement.get("Statement") or "")
        if match:
            kind = next(word for word in match.groups()[:4] if word)
            found.append((f"dynamodb:PartiQL{kind.capitalize()}", match[5].split(".")[0]))
    return found


def leading_keys(
    document: Mapping[str, Any], partition_key: Callable[[str], str | None]
) -> dict[tuple[str, str], list[str]]:
    """Values of partition keys by kind of action and table, as `dynamodb:LeadingKeys` has them."""
    found: dict[tuple[str, str], list[str]] = {}
    for kind, table, item in _rows(document):
        value = item.get(partition_key(table) or "")
        if isinstance(value, Mapping) and value:
            found.setdefault((kind, table), []).append(str(next(iter(value.values()))))
    return found


def _rows(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Action in a transaction, else empty; table; attributes that hold the key."""
    if document.get("TableName"):
        yield "", _name(str(document["TableName"])), document.get("Key") or document.get("Item") or _queried(document)
    for write in document.get("TransactItems") or ():
        for member, detail in write.items():
            yield (
                _IN_TRANSACTION.get(member, ""),
                _name(str(detail.get("TableName"))),
                detail.get("Key") or detail.get("Item", {}),
            )
    for table, asked in (document.get("RequestItems") or {}).items():
        # A batch of reads names keys; one of writes, what to put or delete.
        for one in asked["Keys"] if "Keys" in asked else [detail for write in asked for detail in write.values()]:
            yield "", _name(table), one.get("Key") or one.get("Item") or one


def _name(table: str) -> str:
    """A table's name, from that or from an ARN."""
    return table.rpartition("table/")[2].split("/")[0]


def _queried(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Equalities of a query, with names and values filled in."""
    names = document.get("ExpressionAttributeNames") or {}
    values = document.get("ExpressionAttributeValues") or {}
    equal = re.findall(r"([#\w.-]+)\s*=\s*(:\w+)", document.get("KeyConditionExpression") or "")
    legacy = document.get("KeyConditions") or {}
    return {
        **{names.get(name, name): values.get(value) for name, value in equal},
        **{name: one["AttributeValueList"][0] for name, one in legacy.items() if one.get("ComparisonOperator") == "EQ"},
    }
