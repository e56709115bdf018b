"""CloudFormation refuses to create a resource whose name is taken, as its handlers do.

The emulator's provisioners write over what is there: a stack took another one's table, and a second attempt passed
over what the first had left behind. A check upstream in the provisioners ends this wrapper.
"""

from __future__ import annotations

import functools
import importlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

ENFORCES: Final = (
    "A name that exists is refused when a stack creates tables, log groups, roles, managed policies, topics, queues, "
    "functions, schedule groups, dashboards, secrets, vaults, aliases of keys, web ACLs, state machines, rules and "
    'archives: "Resource of type … with identifier … already exists." (HandlerErrorCode: AlreadyExists).',
    'A name that a resource of another stack has is refused for these, alarms and schedules: "… already exists in '
    'stack …".',
    "A secret that is scheduled for deletion keeps its name: \"You can't create this secret because a secret with this "
    'name is already scheduled for deletion."',
)
NOT_ENFORCED: Final = (
    "An update that renames a resource to a name that exists outside stacks replaces what has the name.",
    "An alarm or a schedule made outside stacks is taken over by a stack that names it.",
)
# Type -> property with the name, and the emulator's tables of what there is: module and attribute; how their keys or
# rows are compared is in `_exists`. Alarms are upserted by CloudWatch, so only stacks are compared.
_NAMES: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "AWS::Backup::BackupVault": ("BackupVaultName", ("backup._vaults",)),
    "AWS::CloudWatch::Alarm": ("AlarmName", ()),
    "AWS::CloudWatch::CompositeAlarm": ("AlarmName", ()),
    "AWS::CloudWatch::Dashboard": ("DashboardName", ("cloudwatch._dashboards",)),
    "AWS::DynamoDB::Table": ("TableName", ("dynamodb._tables",)),
    "AWS::Events::Archive": ("ArchiveName", ("eventbridge._archives",)),
    "AWS::Events::Rule": ("Name", ("eventbridge._rules",)),
    "AWS::IAM::ManagedPolicy": ("ManagedPolicyName", ("iam._policies",)),
    "AWS::IAM::Role": ("RoleName", ("iam._roles",)),
    "AWS::KMS::Alias": ("AliasName", ("kms._aliases",)),
    "AWS::Lambda::Function": ("FunctionName", ("lambda_svc._functions",)),
    "AWS::Logs::LogGroup": ("LogGroupName", ("cloudwatch_logs._log_groups",)),
    "AWS::SNS::Topic": ("TopicName", ("sns._topics",)),
    "AWS::SQS::Queue": ("QueueName", ("sqs._queue_name_to_url",)),
    "AWS::Scheduler::Schedule": ("Name", ()),
    "AWS::Scheduler::ScheduleGroup": ("Name", ("scheduler._schedule_groups",)),
    "AWS::SecretsManager::Secret": ("Name", ("secretsmanager._secrets",)),
    "AWS::StepFunctions::StateMachine": ("StateMachineName", ("stepfunctions._state_machines",)),
    "AWS::WAFv2::WebACL": ("Name", ("waf._web_acls",)),
}
_SECRET_TYPE: Final = "AWS::SecretsManager::Secret"  # noqa: S105 - a type
_SCHEDULED: Final = (
    "You can't create this secret because a secret with this name is already scheduled for deletion. "
    "(Service: SecretsManager, Status Code: 400, HandlerErrorCode: InvalidRequest)"
)


def install() -> None:
    """Look for the name before each create. Before `recorded_types`, which copies the table."""
    from ministack.services.cloudformation import provisioners

    for resource_type in _NAMES:
        handler = provisioners._RESOURCE_HANDLERS.get(resource_type)
        # A type that the emulator does not know is recorded under a name of its own.
        if handler is not None:
            _wrap(handler, resource_type)


def _wrap(handler: dict[str, Any], resource_type: str) -> None:
    create = handler["create"]

    @functools.wraps(create)
    def create_if_free(logical_id: str, properties: Mapping[str, Any], stack_name: str, *rest: Any) -> Any:
        name = properties.get(_NAMES[resource_type][0])
        # A type without an update of its own is created again when it changes.
        if isinstance(name, str) and not _is_update(stack_name, logical_id, resource_type, name):
            problem = _taken(resource_type, name, properties, stack_name)
            if problem:
                raise ValueError(problem)
        return create(logical_id, properties, stack_name, *rest)

    handler["create"] = create_if_free


def _taken(resource_type: str, name: str, properties: Mapping[str, Any], stack_name: str) -> str | None:
    """What CloudFormation says of a name that cannot be had; None for a free one."""
    key, tables = _NAMES[resource_type]
    for owner, other in _owners(resource_type, name, properties):
        if owner != stack_name or tables == ():
            return f"{name} already exists in stack {other}"
    for path in tables:
        module, _, attribute = path.partition(".")
        table = getattr(importlib.import_module(f"ministack.services.{module}"), attribute)
        found = _exists(table, name, properties)
        if found is None:
            continue
        if resource_type == _SECRET_TYPE and isinstance(found, Mapping) and found.get("DeletedDate"):
            return f'Resource handler returned message: "{_SCHEDULED}"'
        identifier = json.dumps({f"/properties/{key}": name}, separators=(",", ":"))
        return (
            f"Resource handler returned message: \"Resource of type '{resource_type}' with identifier "
            f"'{identifier}' already exists.\" (HandlerErrorCode: AlreadyExists)"
        )
    return None


def _exists(table: Any, name: str, properties: Mapping[str, Any]) -> Any:
    """The row called `name` in one of the emulator's tables, whose keys are names, ARNs that end with it, or ids."""
    for key, row in list(table.items()):
        # A rule belongs to a bus.
        if key in (name, f"{properties.get('EventBusName') or 'default'}|{name}"):
            return row
        if str(key).endswith((f":{name}", f"/{name}")):
            return row
        if not isinstance(row, Mapping) or name not in (row.get("Name"), row.get("name")):
            continue
        if row.get("Scope", properties.get("Scope")) == properties.get("Scope"):
            return row
    return None


def _owners(resource_type: str, name: str, properties: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and ARN of the stacks of this account and region with a resource of this type and name."""
    from ministack.services.cloudformation import _stacks

    key = _NAMES[resource_type][0]
    for stack_name, stack in list(_stacks.items()):
        if str(stack.get("StackStatus", "")).startswith("DELETE_COMPLETE"):
            continue
        for resource in list((stack.get("_resources") or {}).values()):
            held = resource.get("Properties") or {}
            same = all(held.get(part) == properties.get(part) for part in (key, "GroupName", "EventBusName", "Scope"))
            if resource.get("ResourceType") == resource_type and held.get(key) == name and same:
                yield stack_name, str(stack["StackId"])


def _is_update(stack_name: str, logical_id: str, resource_type: str, name: str) -> bool:
    """Whether the stack has this very resource already."""
    from ministack.services.cloudformation import _stacks

    held = ((_stacks.get(stack_name) or {}).get("_resources") or {}).get(logical_id) or {}
    key = _NAMES[resource_type][0]
    return held.get("ResourceType") == resource_type and (held.get("Properties") or {}).get(key) == name
