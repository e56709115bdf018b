"""The steps of the rollback's state machine. Lambda handler: `lambda_src.operations.rollback.on_step`.

Standard library and boto3 only, and no layer: what puts a broken release back must not depend on what was released.
The state machine is `constructs/rollback_definition.py`; it decides the order, retries and waits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from lambda_src.operations.versions import Deployed, Move, Published, Stays, explain, judge

# What `find` answers with: go on, wait for a deployment to end, or do nothing.
ELIGIBLE: Final = "eligible"
BUSY: Final = "busy"
RECOVERED: Final = "recovered"
NOTHING: Final = "nothing"
_IN_PROGRESS: Final = "_IN_PROGRESS"


class AliasMoved(Exception):
    """Raised when an alias serves neither the version that is left nor the one that is returned to."""


def on_step(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Runs `event["step"]`: "find", "move" or "record". Raises AliasMoved and what boto3 raises."""
    step = event["step"]
    if step == "find":
        return find(event)
    if step == "move":
        return move(event)
    return record(event)


def find(event: Mapping[str, Any]) -> dict[str, Any]:
    """What to move: `stack`, `functions`, `alias`; `alarm` (empty when started by hand) and whether it was `waited`.

    Returns `status`, `reason`, `moves` and `stays`.
    """
    (stack,) = _client("cloudformation").describe_stacks(StackName=event["stack"])["Stacks"]
    status = str(stack["StackStatus"])
    if status.endswith(_IN_PROGRESS):
        return _answer(BUSY, f"{event['stack']} is in {status}: its own gate judges it, and puts it back if need be")
    if event["waited"] and event["alarm"] and not _in_alarm(event["alarm"]):
        return _answer(RECOVERED, f"{event['alarm']} was over when the deployment had ended ({status})")
    released_at = stack.get("LastUpdatedTime") or stack["CreationTime"]
    judged = [judge(_deployed(name, event["alias"]), released_at=released_at) for name in event["functions"]]
    moves = [item for item in judged if isinstance(item, Move)]
    stays = [item for item in judged if isinstance(item, Stays)]
    if not moves:
        return _answer(NOTHING, explain(stays), stays=stays)
    return _answer(ELIGIBLE, f"{len(moves)} of {len(judged)} functions go back", moves=moves, stays=stays)


def move(event: Mapping[str, Any]) -> dict[str, Any]:
    """Moves one alias, with all of its traffic. Repeating it changes nothing. Raises AliasMoved."""
    target = Move(**event["move"])
    client = _client("lambda")
    alias = client.get_alias(FunctionName=target.function, Name=event["alias"])
    shifting = bool((alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights"))
    if alias["FunctionVersion"] == str(target.to_version) and not shifting:
        return {**target.document(), "outcome": "moved", "problem": ""}
    if alias["FunctionVersion"] not in (str(target.from_version), str(target.to_version)):
        raise AliasMoved(
            f"{target.function}:{event['alias']} serves version {alias['FunctionVersion']} by now, "
            f"not {target.from_version}: somebody else has moved it"
        )
    client.update_alias(
        FunctionName=target.function,
        Name=event["alias"],
        FunctionVersion=str(target.to_version),
        RoutingConfig={"AdditionalVersionWeights": {}},
        # Refused if the alias has changed since it was read.
        RevisionId=alias["RevisionId"],
    )
    return {**target.document(), "outcome": "moved", "problem": ""}


def record(event: Mapping[str, Any]) -> dict[str, Any]:
    """Stores `event["record"]` as `rollbacks/<start>-<execution>.json` and as `rollbacks/latest.json`."""
    document = event["record"]
    body = json.dumps({**document, "recorded": datetime.now(UTC).isoformat(timespec="seconds")}, indent=1)
    name = re.sub(r"[^A-Za-z0-9._-]", "-", f"{document['started']}-{document['execution']}")
    for key in (f"{event['prefix']}{name}.json", f"{event['prefix']}latest.json"):
        _client("s3").put_object(Bucket=event["bucket"], Key=key, Body=body.encode(), ContentType="application/json")
    return {"key": f"{event['prefix']}{name}.json"}


def _in_alarm(name: str) -> bool:
    answer = _client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["CompositeAlarm", "MetricAlarm"])
    found = [*answer.get("CompositeAlarms", []), *answer.get("MetricAlarms", [])]
    # An alarm that cannot be seen any more says nothing about the platform: as if it were on.
    return not found or found[0]["StateValue"] == "ALARM"


def _deployed(function: str, alias: str) -> Deployed:
    client = _client("lambda")
    current = client.get_alias(FunctionName=function, Name=alias)["FunctionVersion"]
    pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=function)
    versions = tuple(
        Published(number=int(version["Version"]), at=_time(version["LastModified"]))
        for page in pages
        for version in page["Versions"]
        if version["Version"].isdigit()
    )
    return Deployed(function=function, current=int(current) if current.isdigit() else 0, versions=versions)


def _time(text: str) -> datetime:
    # "2026-01-31T12:00:00.000+0000"
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")


def _answer(status: str, reason: str, *, moves: Sequence[Move] = (), stays: Sequence[Stays] = ()) -> dict[str, Any]:
    return {
        "status": status,
        "reason": reason,
        "moves": [item.document() for item in moves],
        "stays": [item.document() for item in stays],
    }


@cache
def _client(service: str) -> Any:
    import boto3

    return boto3.client(service)  # type: ignore[call-overload]
