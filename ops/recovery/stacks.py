"""Making a stack again: a change set from the kept template, executed, waited for."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from environments import Environment
from ops.errors import ExitCode, OperatorError
from ops.recovery.kept import Kept

# Seconds. A first release takes minutes, CloudFront's part of it up to a quarter of an hour.
_LIMIT_S: Final = 3600
_LOOK_EVERY_S: Final = 2.0
_CAPABILITIES: Final = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
# Nothing works in a stack in one of these, and nothing can be updated.
_REMNANTS: Final = ("REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")
Progress = Callable[[str], None]


def status_of(client: Any, name: str) -> str | None:
    """The stack's status; None where there is none."""
    try:
        return str(client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        return None


def is_remnant(status: str | None) -> bool:
    """Whether what is there must go before the stack can be made."""
    return status in _REMNANTS


def remove(client: Any, name: str, say: Progress) -> None:
    """Deletes the stack, protected or not. Raises OperatorError where it stays."""
    (stack,) = client.describe_stacks(StackName=name)["Stacks"]
    stack_id = str(stack["StackId"])
    if stack.get("EnableTerminationProtection"):
        client.update_termination_protection(StackName=name, EnableTerminationProtection=False)
    client.delete_stack(StackName=name)
    ended = _wait(client, stack_id, say)
    if ended == "DELETE_FAILED":
        # A bucket with files in it, say. It stays, outside of any stack; the new stack makes its own.
        kept = [item["LogicalResourceId"] for item in _resources(client, stack_id) if item["ResourceStatus"] == ended]
        say(f"leaving behind what cannot be deleted: {', '.join(kept)}")
        client.delete_stack(StackName=name, RetainResources=kept)
        ended = _wait(client, stack_id, say)
    if ended != "DELETE_COMPLETE":
        raise _failed(client, stack_id, ended)


def make(client: Any, environment: Environment, kept: Kept, say: Progress) -> None:
    """Creates the stack.

    Raises:
        OperatorError: CloudFormation put it back, or did not end; and what boto3 raises.
    """
    name, change = kept.stack.name, f"recover-{datetime.now(UTC):%Y%m%d%H%M%S}"
    account, region = environment.aws.account, environment.aws.region
    role = f"cdk-{environment.aws.bootstrap_qualifier}-cfn-exec-role-{account}-{region}"
    made = client.create_change_set(
        StackName=name,
        ChangeSetName=change,
        ChangeSetType="CREATE",
        TemplateURL=kept.template_url,
        Capabilities=_CAPABILITIES,
        RoleARN=f"arn:aws:iam::{account}:role/{role}",
        Tags=[{"Key": key, "Value": value} for key, value in kept.stack.tags.items()],
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in kept.stack.parameters.items()],
        # What was retained when the stack went, log groups above all, is taken over instead of being in the way.
        **({"ImportExistingResources": True} if environment.retain else {}),
    )
    _await_change_set(client, made["Id"])
    client.execute_change_set(ChangeSetName=made["Id"])
    ended = _wait(client, made["StackId"], say)
    if ended != "CREATE_COMPLETE":
        raise _failed(client, made["StackId"], ended)
    if kept.stack.protected:
        client.update_termination_protection(StackName=name, EnableTerminationProtection=True)


def _await_change_set(client: Any, change_set: str) -> None:
    gives_up_at = time.monotonic() + _LIMIT_S
    while time.monotonic() < gives_up_at:
        found = client.describe_change_set(ChangeSetName=change_set)
        if found["Status"] == "CREATE_COMPLETE":
            return
        if found["Status"] == "FAILED":
            reason = str(found.get("StatusReason", ""))
            raise _error(f"CloudFormation does not take the kept template: {reason}", str(found["StackId"]))
        time.sleep(_LOOK_EVERY_S / 4)
    raise _error("the change set was not made within an hour", change_set)


def _wait(client: Any, stack_id: str, say: Progress) -> str:
    """The status that the stack ends in; tells how far it is."""
    gives_up_at, told = time.monotonic() + _LIMIT_S, ""
    while time.monotonic() < gives_up_at:
        time.sleep(_LOOK_EVERY_S)
        status = str(client.describe_stacks(StackName=stack_id)["Stacks"][0]["StackStatus"])
        if not status.endswith("_IN_PROGRESS"):
            return status
        resources = [item["ResourceStatus"] for item in _resources(client, stack_id)]
        line = f"{status}: {len([item for item in resources if item.endswith('_COMPLETE')])} of {len(resources)}"
        if line != told:
            say(line)
            told = line
    raise _error("CloudFormation goes on after an hour", stack_id)


def _resources(client: Any, stack_id: str) -> list[dict[str, Any]]:
    pages = client.get_paginator("list_stack_resources").paginate(StackName=stack_id)
    return [item for page in pages for item in page["StackResourceSummaries"]]


def _failed(client: Any, stack_id: str, status: str) -> OperatorError:
    events = client.describe_stack_events(StackName=stack_id)["StackEvents"]
    failed = [event for event in reversed(events) if event["ResourceStatus"].endswith("_FAILED")]
    why = f": {failed[0]['LogicalResourceId']}: {failed[0].get('ResourceStatusReason', '')}"[:600] if failed else ""
    return _error(f"the stack ended in {status}{why}", stack_id)


def _error(message: str, where: str) -> OperatorError:
    return OperatorError(
        message,
        error="recovery-failed",
        where=where,
        next_step="mend what it names and run the command again",
        code=ExitCode.COULD_NOT_RUN,
    )
