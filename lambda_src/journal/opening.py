"""The release's first resource: writes down that an attempt begins, and refuses it while a hold is set.

Lambda handler: `lambda_src.journal.opening.on_event`, behind CDK's Provider. What it must keep to, as the gate:

- While the stack rolls back it succeeds and writes nothing: failing then would leave UPDATE_ROLLBACK_FAILED.
- Delete succeeds without network and without the rest of this package.

So this module imports the standard library only, and the rest when it is needed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

# Seconds in which a permission that was made by this very deployment becomes effective.
_PERMISSION_S: Final = 45.0
_PAUSE_S: Final = 3.0
_NO_HOLD: Final = ("", "off")
# By these words of the reason a held release is told from one that could not be written down.
HELD: Final = "is held: "


class ReleaseHeld(Exception):
    """Raised to CDK's Provider, which answers FAILED with this message as the reason."""


def on_event(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """CDK Provider's `on_event`. Properties: Environment, ReleaseId, Journal, HoldParameter, ContentsParameter.

    Returns `PhysicalResourceId` and `Data` (Attempt). Raises ReleaseHeld, and what boto3 raises: what cannot be
    written down is not released.
    """
    properties: Mapping[str, Any] = event.get("ResourceProperties") or {}
    environment = str(properties.get("Environment") or "unknown")
    answer = {"PhysicalResourceId": event.get("PhysicalResourceId") or f"release-record-{environment}"}
    if event.get("RequestType") == "Delete":
        return answer
    stack = _stack(str(event.get("StackId") or ""))
    if stack is None:
        return {**answer, "Data": {"Attempt": "unknown"}}
    if "ROLLBACK" in str(stack["StackStatus"]):
        return {**answer, "Data": {"Attempt": "observed"}}
    return {**answer, "Data": {"Attempt": _open(properties, stack)}}


def _open(properties: Mapping[str, Any], stack: Mapping[str, Any]) -> str:
    from lambda_src.journal.attempts import about, attempt_id, operation_began, stamp
    from lambda_src.journal.records import EntryKind, JournalEntry
    from lambda_src.journal.sections import read_section

    began, release_id = operation_began(stack), str(properties["ReleaseId"])
    attempt = attempt_id(began=began, release_id=release_id)
    held = hold_of(_parameter(str(properties["HoldParameter"])))
    contents = read_section(_parameter, str(properties["ContentsParameter"]))
    body = about(contents, release_id=release_id, environment=str(properties["Environment"]))
    if held:
        body["summary"] = f"refused: {held}"
    entry = JournalEntry(attempt=attempt, kind=EntryKind.STARTED, at=stamp(began), by=str(body["author"]), body=body)
    _append(str(properties["Journal"]), entry)
    if held:
        raise ReleaseHeld(
            f"{properties['Environment']} {HELD}{held}. Nothing was changed. When the cause is mended: "
            f"acinaces deploy --env {properties['Environment']} --clear-hold"
        )
    return attempt


def hold_of(value: str | None) -> str:
    """Why and since when releases are held, from the hold's parameter (JSON: reason, at, by); empty where none is."""
    if value is None or value.strip() in _NO_HOLD:
        return ""
    try:
        hold = json.loads(value)
        reason = str(hold["reason"])
    except (ValueError, TypeError, KeyError):
        # Whatever it is, somebody has put it there.
        return value[:200]
    since = f" (since {hold['at']}" + (f", by {hold['by']})" if hold.get("by") else ")") if hold.get("at") else ""
    return f"{reason[:200]}{since}"


def _append(table: str, entry: Any) -> None:
    from lambda_src.journal.store import Journal, JournalConflictError

    journal = Journal(_client("dynamodb"), table=table)
    try:
        _patiently(lambda: journal.append(entry))
    except JournalConflictError:
        # The same event delivered twice, and a hold or a commit that changed in between: the first one counts.
        return


def _stack(stack_id: str) -> Mapping[str, Any] | None:
    """The own stack; None where it cannot be asked: this may be a rollback, which failing here would strand.

    The record is then written when the operation has ended.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        answer = _patiently(lambda: _client("cloudformation").describe_stacks(StackName=stack_id))
    except (BotoCoreError, ClientError):
        return None
    stack: Mapping[str, Any] = answer["Stacks"][0]
    return stack


def _parameter(name: str) -> str | None:
    client = _client("ssm")
    try:
        return str(_patiently(lambda: client.get_parameter(Name=name))["Parameter"]["Value"])
    except client.exceptions.ParameterNotFound:
        return None


def _patiently(call: Any) -> Any:
    """`call()`, again while access is denied, for as long as a new permission may take."""
    import time

    from botocore.exceptions import ClientError

    gives_up_at = time.monotonic() + _PERMISSION_S
    while True:
        try:
            return call()
        except ClientError as error:
            if "AccessDenied" not in str(error.response["Error"]["Code"]) or time.monotonic() > gives_up_at:
                raise
        time.sleep(_PAUSE_S)


def _client(service: str) -> Any:
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})
    return boto3.client(service, config=config)  # type: ignore[call-overload]
