"""The steps of the rollback's state machine. Lambda handler: `lambda_src.operations.rollback.on_step`.

Standard library and boto3 only, and no layer: what puts a broken release back must not depend on what was released.
The state machine is `constructs/rollback_definition.py`; it decides the order, retries and waits.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from lambda_src.operations import aliases, finding, lease, releases
from lambda_src.operations.aliases import Move
from lambda_src.operations.entries import Entry, Moments, append, recent
from lambda_src.operations.lease import Lease, LeaseTaken
from lambda_src.operations.restoring import restore_all

# What `find` answers with: go on, wait for whoever is at it, or do nothing.
ELIGIBLE: Final = "eligible"
BUSY: Final = "busy"
RECOVERED: Final = "recovered"
NOTHING: Final = "nothing"
_IN_PROGRESS: Final = "_IN_PROGRESS"
# Seconds. Longer than all steps together take, retries included; it is given back at the end.
_LEASE_S: Final = 1200
_MOMENTS: Final = Moments()


def on_step(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Runs `event["step"]`: "find", "move", "restore" or "record".

    Raises AliasMoved, ObjectChanged, LookupError (no such step), and what boto3 raises.
    """
    steps = {"find": find, "move": move, "restore": restore, "record": record}
    return steps[event["step"]](event)


def find(event: Mapping[str, Any]) -> dict[str, Any]:
    """What to move. `stack`, `journal` and `bucket` (names), `execution`, `reason`; `alarm` (empty when started by
    hand) and whether it was `waited`.

    Returns `status`, `reason`, `operation`, `moves`, `files` (how many) and `stays`. What is going to be done is in the
    journal before it answers, and nobody else changes the environment until `record`.
    """
    (stack,) = _client("cloudformation").describe_stacks(StackName=event["stack"])["Stacks"]
    status = str(stack["StackStatus"])
    if status.endswith(_IN_PROGRESS):
        return _answer(BUSY, f"{event['stack']} is in {status}: its own gate judges it, and puts it back if need be")
    if event["waited"] and event["alarm"] and not _in_alarm(event["alarm"]):
        return _answer(RECOVERED, f"{event['alarm']} was over when the deployment had ended ({status})")
    try:
        lease.take(_client("dynamodb"), event["journal"], _lease(event["execution"]))
    except LeaseTaken as error:
        return _answer(BUSY, f"{error.lease.operation} by {error.lease.by} is under way")
    clients = {name: _client(name) for name in ("dynamodb", "lambda", "s3")}
    found = finding.find(clients, table=event["journal"], bucket=event["bucket"])
    if found.intent is None:
        lease.give_back(_client("dynamodb"), event["journal"], event["execution"])
        return _answer(NOTHING, found.reason)
    operation = found.operation or f"rollback-{event['execution']}"
    if not found.operation:
        _tell(event, operation, releases.INTENT, {**found.intent, "reason": event["reason"]})
    return {
        **_answer(ELIGIBLE, found.reason),
        "operation": operation,
        "moves": found.intent["moves"],
        "files": len(found.intent["objects"]),
        "stays": list(found.stays),
    }


def move(event: Mapping[str, Any]) -> dict[str, Any]:
    """Moves one alias, with all of its traffic. Repeating it changes nothing. Raises AliasMoved."""
    target = Move(**event["move"])
    aliases.move(_client("lambda"), target)
    body = {"step": f"alias {target.function}", "outcome": "done", "problem": ""}
    _tell(event, event["operation"], releases.STEP, body)
    return {**target.document(), "outcome": "moved", "problem": ""}


def restore(event: Mapping[str, Any]) -> dict[str, Any]:
    """Restores the site's files that the operation's intent names. Raises ObjectChanged."""
    targets = releases.restores_of(_operation(event).intent)
    done = restore_all(
        {name: _client(name) for name in ("s3", "cloudfront")},
        targets,
        bucket=event["bucket"],
        distribution_id=event["distribution"],
        reference=event["operation"],
    )
    body = {"step": "site", "outcome": "done", "problem": "; ".join(done["warnings"])}
    _tell(event, event["operation"], releases.STEP, body)
    return done


def record(event: Mapping[str, Any]) -> dict[str, Any]:
    """Stores `event["record"]` as `rollbacks/<start>-<execution>.json` and as `rollbacks/latest.json`, and ends the
    operation in the journal, if one was begun."""
    document = event["record"]
    if event["operation"]:
        _end(event, str(document["outcome"]))
    lease.give_back(_client("dynamodb"), event["journal"], document["execution"])
    body = json.dumps({**document, "recorded": datetime.now(UTC).isoformat(timespec="seconds")}, indent=1)
    name = re.sub(r"[^A-Za-z0-9._-]", "-", f"{document['started']}-{document['execution']}")
    for key in (f"{event['prefix']}{name}.json", f"{event['prefix']}latest.json"):
        _client("s3").put_object(Bucket=event["reports"], Key=key, Body=body.encode(), ContentType="application/json")
    return {"key": f"{event['prefix']}{name}.json"}


def _end(event: Mapping[str, Any], outcome: str) -> None:
    operation = _operation(event)
    if operation.is_over:
        return
    if outcome != releases.ROLLED_BACK:
        _tell(event, operation.id, releases.ENDED, {"outcome": releases.PARTIAL})
        return
    left, target = dict(operation.intent["from"]), str(operation.intent["target"])
    for attempt in sorted(set(left.values())):
        body = {"operation": operation.id, "rolled_back_to": target, "scope": operation.intent["scope"]}
        _append(event, Entry(attempt=attempt, kind="rolled-back", at=_MOMENTS.next(), by=_BY, body=body))
    ended = {"outcome": releases.ROLLED_BACK, "serving": dict.fromkeys(left, target), "verdict": ""}
    _tell(event, operation.id, releases.ENDED, ended)


def _operation(event: Mapping[str, Any]) -> releases.Operation:
    told = releases.chronicle(recent(_client("dynamodb"), event["journal"]))
    return next(operation for operation in told.operations if operation.id == event["operation"])


_BY: Final = "rollback alarm"


def _tell(event: Mapping[str, Any], operation: str, kind: str, body: Mapping[str, Any]) -> None:
    told = {"operation": releases.ROLLBACK, "event": kind, **body}
    _append(event, Entry(attempt=operation, kind="operation", at=_MOMENTS.next(), by=_BY, body=told))


def _append(event: Mapping[str, Any], entry: Entry) -> None:
    append(_client("dynamodb"), event["journal"], entry)


def _lease(execution: str) -> Lease:
    now = time.time()
    return Lease(
        owner=execution, operation="rollback", by=_BY, place=f"execution {execution}", since=now, until=now + _LEASE_S
    )


def _in_alarm(name: str) -> bool:
    answer = _client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["CompositeAlarm", "MetricAlarm"])
    found = [*answer.get("CompositeAlarms", []), *answer.get("MetricAlarms", [])]
    # An alarm that cannot be seen any more says nothing about the platform: as if it were on.
    return not found or found[0]["StateValue"] == "ALARM"


def _answer(status: str, reason: str) -> dict[str, Any]:
    return {"status": status, "reason": reason, "operation": "", "moves": [], "files": 0, "stays": []}


@cache
def _client(service: str) -> Any:
    import boto3

    return boto3.client(service)  # type: ignore[call-overload]
