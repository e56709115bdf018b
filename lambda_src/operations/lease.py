"""One operation at a time in an environment (FAULTS F29): a lease in the journal's table, which runs out by itself."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Final

STREAM: Final = "lease"
KEY: Final = {"stream": {"S": STREAM}, "id": {"S": "environment"}}


@dataclass(frozen=True, kw_only=True)
class Lease:
    """Who does what. `owner`: unlike any other; `place`: the process, as `host/pid`; times in seconds since 1970."""

    owner: str
    operation: str
    by: str
    place: str
    since: float
    until: float


class LeaseTaken(Exception):
    """Raised when somebody else holds the lease."""

    def __init__(self, lease: Lease) -> None:
        super().__init__(f"{lease.operation} by {lease.by}")
        self.lease = lease


def take(client: Any, table: str, lease: Lease, *, instead_of: str = "") -> None:
    """Takes the lease, or prolongs it; from the owner `instead_of` if that is who has it.

    Raises LeaseTaken, and what boto3 raises.
    """
    item = {
        **KEY,
        "owner": {"S": lease.owner},
        "operation": {"S": lease.operation},
        "by": {"S": lease.by},
        "place": {"S": lease.place},
        "since": {"N": f"{lease.since:.3f}"},
        "until": {"N": f"{lease.until:.3f}"},
    }
    try:
        client.put_item(
            TableName=table,
            Item=item,
            ConditionExpression="attribute_not_exists(id) OR #until < :now OR #owner IN (:owner, :former)",
            ExpressionAttributeNames={"#until": "until", "#owner": "owner"},
            ExpressionAttributeValues={
                ":now": {"N": f"{time.time():.3f}"},
                ":owner": {"S": lease.owner},
                ":former": {"S": instead_of or lease.owner},
            },
        )
    except client.exceptions.ConditionalCheckFailedException:
        found = holder(client, table)
        if found is None:
            # Given back between the two calls.
            take(client, table, lease, instead_of=instead_of)
            return
        raise LeaseTaken(found) from None


def give_back(client: Any, table: str, owner: str) -> None:
    """Ends the lease if it is still the owner's. Raises what boto3 raises."""
    try:
        client.delete_item(
            TableName=table,
            Key=KEY,
            ConditionExpression="#owner = :owner",
            ExpressionAttributeNames={"#owner": "owner"},
            ExpressionAttributeValues={":owner": {"S": owner}},
        )
    except client.exceptions.ConditionalCheckFailedException:
        return


def holder(client: Any, table: str) -> Lease | None:
    """Who has the lease, run out or not."""
    item = client.get_item(TableName=table, Key=KEY, ConsistentRead=True).get("Item")
    if item is None:
        return None
    return Lease(
        owner=item["owner"]["S"],
        operation=item["operation"]["S"],
        by=item["by"]["S"],
        place=item["place"]["S"],
        since=float(item["since"]["N"]),
        until=float(item["until"]["N"]),
    )
