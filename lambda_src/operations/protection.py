"""Protects an environment's stacks from being deleted, and its tables, once each of them stands.

Not earlier: what is protected cannot be taken away again when its own creation fails, and then keeps its name from the
next attempt. Called when a stack has changed, and by schedule: `cdk deploy` sets the termination protection of every
stack that it deploys to what the template's author said, which is nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from lambda_src.operations.aws_calls import CallFailed

# A stack in one of these stood at least once, and nothing is under way.
_STANDS: Final = ("CREATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
_NOT_THERE: Final = ("ResourceNotFoundException", "ValidationError")
ON: Final = "on"

Call = Callable[..., Any]


class NotProtected(Exception):
    """Something stands and could not be protected."""


def on_event(_event: Any, _context: Any) -> dict[str, Any]:
    """Lambda's entry. Raises NotProtected, so that the failed invocation is seen."""
    return protect(
        _call,
        parameter=os.environ["PARAMETER"],
        stacks=[(region, name) for region, _, name in (one.partition("/") for one in _listed("STACKS"))],
        tables=_listed("TABLES"),
    )


def protect(call: Call, *, parameter: str, stacks: Sequence[tuple[str, str]], tables: Sequence[str]) -> dict[str, Any]:
    """Protects what stands and is not protected; returns the names. `stacks` are regions and names.

    Nothing is done while the parameter is not `on`: a person is about to remove the environment.
    """
    if call("ssm", "get_parameter", Name=parameter)["Parameter"]["Value"] != ON:
        return {"protection": "off", "protected": []}
    protected, problems = [], []
    work = {name: partial(_stack, call, region, name) for region, name in stacks}
    work |= {name: partial(_table, call, name) for name in tables}
    for name, done in work.items():
        try:
            if done():
                protected.append(name)
        except CallFailed as error:
            if error.code not in _NOT_THERE:
                problems.append(f"{name}: {error}")
    if problems:
        raise NotProtected("; ".join(problems))
    return {"protection": ON, "protected": protected}


def _stack(call: Call, region: str, name: str) -> bool:
    """Whether the stack had to be protected, and now is."""

    def found() -> Any:
        return call("cloudformation", "describe_stacks", region=region, StackName=name)["Stacks"][0]

    before = found()
    if before.get("EnableTerminationProtection") or before["StackStatus"] not in _STANDS:
        return False
    call(
        "cloudformation", "update_termination_protection", region=region, StackName=name,
        EnableTerminationProtection=True,
    )  # fmt: skip
    if not found().get("EnableTerminationProtection"):
        raise CallFailed("the termination protection that was set is not there")
    return True


def _table(call: Call, table: str) -> bool:
    """Whether the table had to be protected, and now is."""
    before = call("dynamodb", "describe_table", TableName=table)["Table"]
    if before.get("DeletionProtectionEnabled") or before["TableStatus"] != "ACTIVE":
        return False
    # The answer is the table as it is now, or is about to be: an update of the protection alone is at once.
    call("dynamodb", "update_table", TableName=table, DeletionProtectionEnabled=True)
    if not call("dynamodb", "describe_table", TableName=table)["Table"].get("DeletionProtectionEnabled"):
        raise CallFailed("the deletion protection that was set is not there")
    return True


def _listed(name: str) -> list[str]:
    return [part for part in os.environ[name].split(",") if part]


def _call(service: str, operation: str, *, region: str | None = None, **parameters: Any) -> Any:
    """AWS's answer. Raises CallFailed."""
    import boto3
    from botocore.exceptions import ClientError

    client = boto3.client(service, region_name=region)  # type: ignore[call-overload]
    try:
        return getattr(client, operation)(**parameters)
    except ClientError as error:
        raise CallFailed(str(error), code=str(error.response["Error"]["Code"])) from error
