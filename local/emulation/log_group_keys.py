"""A log group takes a key only if the key's policy lets CloudWatch Logs of that region use it for that very group.

The emulator takes any key. Evaluating the policy upstream ends the wrappers.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, Final

from local.emulation.service_policies import key_allows

ENFORCES: Final = (
    "CreateLogGroup with a key, and a log group in a template, need logs.REGION.amazonaws.com in the key's policy, "
    "with the group's ARN as encryption context where the policy asks for one: \"The specified KMS key does not exist "
    "or is not allowed to be used with Arn '…'\" (AccessDeniedException).",
)
_ACTIONS: Final = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey")


def install() -> None:
    """Ask before a log group gets a key. Before `recorded_types`, which copies the table."""
    from ministack.core.responses import error_response_json
    from ministack.services import cloudwatch_logs
    from ministack.services.cloudformation import provisioners

    call = cloudwatch_logs._create_log_group

    @functools.wraps(call)
    def call_if_allowed(data: Mapping[str, Any]) -> Any:
        problem = _refusal(str(data.get("logGroupName", "")), data.get("kmsKeyId"))
        return error_response_json("AccessDeniedException", problem, 400) if problem else call(data)

    cloudwatch_logs._create_log_group = call_if_allowed
    handler = provisioners._RESOURCE_HANDLERS["AWS::Logs::LogGroup"]
    create, update = handler["create"], handler["update"]

    @functools.wraps(create)
    def create_if_allowed(logical_id: str, properties: Mapping[str, Any], stack_name: str, *rest: Any) -> Any:
        # AWS names a group after its stack, as it does with all else.
        name = str(properties.get("LogGroupName") or provisioners._physical_name(stack_name, logical_id, max_len=512))
        _check(name, properties)
        return create(logical_id, {**properties, "LogGroupName": name}, stack_name, *rest)

    @functools.wraps(update)
    def update_if_allowed(physical_id: str, old: Any, new: Mapping[str, Any], *rest: Any) -> Any:
        name = str(new.get("LogGroupName") or physical_id)
        _check(name, new)
        return update(physical_id, old, {**new, "LogGroupName": name}, *rest)

    handler["create"], handler["update"] = create_if_allowed, update_if_allowed


def _check(name: str, properties: Mapping[str, Any]) -> None:
    problem = _refusal(name, properties.get("KmsKeyId"))
    if problem:
        raise ValueError(f'Resource handler returned message: "{problem} (Service: CloudWatchLogs)"')


def _refusal(name: str, key: str | None) -> str | None:
    """What CloudWatch Logs says of the key for the group `name`; None where it may be used."""
    from ministack.core.responses import get_account_id, get_region

    region = get_region()
    arn = f"arn:aws:logs:{region}:{get_account_id()}:log-group:{name}"
    context = {"kms:encryptioncontext:aws:logs:arn": arn}
    if key_allows(key, service=f"logs.{region}.amazonaws.com", actions=_ACTIONS, keys=context):
        return None
    return f"The specified KMS key does not exist or is not allowed to be used with Arn '{arn}'"
