"""CloudFormation acts as the stack's execution role, or as its caller, and needs what the registry names.

The emulator's provisioners touch its stores directly; here the three functions that all of them go through are wrapped.
Ends when the emulator evaluates policies for what CloudFormation does. What a type needs: `ops.bootstrap.registry`.
"""

from __future__ import annotations

import contextvars
import functools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ops.bootstrap import registry

ENFORCES: Final = (
    "Creating, updating and deleting a resource needs every action that the CloudFormation registry names for the "
    "handler, and for the one that reads, allowed to the stack's execution role (RoleARN; without one, to the caller) "
    "on the resource's ARN: `User: … is not authorized to perform: …` (HandlerErrorCode: AccessDenied). Options that "
    "are not used are listed with their reasons in `ops/bootstrap/registry.toml`.",
    "Passing a role needs iam:PassRole with iam:PassedToService; a role's boundary and attached policies are "
    "conditions of the actions that change it; a key is used through the service that it is given to (kms:ViaService).",
    "An execution role that does not exist or does not trust cloudformation.amazonaws.com is refused (ValidationError: "
    "Role … is invalid or cannot be assumed); it stays the stack's role for updates and deletion.",
    "Fn::GetStackOutput needs cloudformation:DescribeStacks; parameters from SSM and dynamic references need "
    "ssm:GetParameters and secretsmanager:GetSecretValue.",
)
NOT_ENFORCED: Final = (
    "An action on something that a resource's properties do not name is allowed where it is on any resource.",
    "Session policies of the caller, and key policies, are not part of what CloudFormation does for a stack.",
)

_OPERATIONS: Final = (
    "CreateStack",
    "UpdateStack",
    "DeleteStack",
    "CreateChangeSet",
    "ExecuteChangeSet",
    "ContinueUpdateRollback",
    "RollbackStack",
)
_SERVICE: Final = "cloudformation.amazonaws.com"
_FREE: Final = ("AWS::CDK::", "AWS::CloudFormation::WaitConditionHandle", "AWS::CloudFormation::WaitCondition")
_TAG_CHANGES: Final = ("Tags", "BackupPlanTags", "BackupVaultTags")


class AccessDeniedError(ValueError):
    """As AWS words it; the emulator makes it the reason of the resource's failure."""


@dataclass(frozen=True, kw_only=True)
class Executor:
    """Who acts for a stack: its policies and what limits them, each a list of documents' statements."""

    arn: str
    account: str
    layers: tuple[list[Any], ...]
    _of_action: dict[str, tuple[list[Any], ...]] = field(default_factory=dict)

    def statements(self, action: str) -> tuple[list[Any], ...]:
        """Of each layer those that are about `action`."""
        from ministack.core import iam_evaluator

        if action not in self._of_action:
            self._of_action[action] = tuple(
                [one for one in layer if iam_evaluator._action_matches(action, one.actions, one.not_actions)]
                for layer in self.layers
            )
        return self._of_action[action]

    def refusal(self, action: str, resource: str | None, region: str, context: Mapping[str, Any]) -> str | None:
        """Why `action` is not allowed on `resource` (None: on anything at all), in AWS's words; None where it is."""
        from ministack.core import iam_evaluator

        identity, *limits = self.statements(action)
        if resource is None:
            missing = next((i for i, layer in enumerate((identity, *limits)) if not _any_allows(layer)), None)
        else:
            request = iam_evaluator.EvalContext(
                principal_arn=self.arn,
                principal_type="AssumedRole" if ":assumed-role/" in self.arn else "User",
                principal_account=self.account,
                action=action,
                resource_arn=resource,
                region=region,
                secure_transport=True,
                service_context={key.lower(): value for key, value in context.items()},
            )
            result = iam_evaluator.evaluate(request, [identity], *([layer] for layer in limits))
            if result.decision == "Allow":
                return None
            if result.decision == "Deny":
                return self._words(action, resource, "with an explicit deny in an identity-based policy")
            allowed = iam_evaluator.evaluate(request, [identity]).decision == "Allow"
            missing = 1 if allowed else 0
        if missing is None:
            return None
        kind = "permissions boundary" if missing else "identity-based policy"
        return self._words(action, resource, f"because no {kind} allows the {action} action")

    def _words(self, action: str, resource: str | None, why: str) -> str:
        on = f" on resource: {resource}" if resource else ""
        return f"User: {self.arn} is not authorized to perform: {action}{on} {why}"


def _any_allows(layer: list[Any]) -> bool:
    return any(one.effect == "Allow" for one in layer)


# None: the account's root, which may do everything.
_executor: contextvars.ContextVar[Executor | None] = contextvars.ContextVar("acinaces_executor", default=None)
# What is being provisioned: a provisioner that calls another for the same resource asks once.
_at: contextvars.ContextVar[tuple[str, str] | None] = contextvars.ContextVar("acinaces_provisioning", default=None)


def install() -> None:
    """Wrap the operations on stacks, and what provisions resources."""
    from ministack import app
    from ministack.services import secretsmanager, ssm
    from ministack.services.cloudformation import handlers, provisioners, stacks

    if not app.AUTH:
        # A benchmark measures what enforcing costs.
        return
    for operation in _OPERATIONS:
        handlers._ACTION_HANDLERS[operation] = _acting(operation, handlers._ACTION_HANDLERS[operation])
    for module in (provisioners, stacks):
        module._provision_resource = _on_create(module._provision_resource)
        module._update_resource = _on_update(module._update_resource)
        module._delete_resource = _on_delete(module._delete_resource)
    ssm.resolve_parameter_value = _reading("ssm:GetParameters", ssm.resolve_parameter_value)
    secretsmanager.resolve_secret_string = _reading(
        "secretsmanager:GetSecretValue", secretsmanager.resolve_secret_string
    )


def require(action: str, resource: str | None, *, region: str = "", context: Mapping[str, Any] | None = None) -> None:
    """Raises AccessDeniedError where whoever acts for the present stack may not do `action`."""
    executor = _executor.get()
    if executor is not None and (refusal := executor.refusal(action, resource, region, context or {})):
        raise AccessDeniedError(refusal)


def require_output(reference: Any, region: str | None) -> None:
    """An output of another stack is read with the execution role."""
    from ministack.core.responses import get_account_id, get_region

    where = region or get_region()
    name = reference.get("StackName") if isinstance(reference, Mapping) else None
    if isinstance(name, str):
        stack = f"arn:aws:cloudformation:{where}:{get_account_id()}:stack/{name}/{registry.UNKNOWN}"
        require("cloudformation:DescribeStacks", stack, region=where)


# Operations


def _acting(operation: str, handler: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The operation with the role that it names or that its stack has, inherited by the task that it schedules."""

    @functools.wraps(handler)
    def acting(params: Any) -> Any:
        from ministack.services.cloudformation.helpers import _error, _p

        named = _p(params, "RoleARN")
        role = named or _kept_role(operation, params)
        try:
            if named:
                _require_passed(named)
            executor = _role(role) if role else _caller()
        except AccessDeniedError as error:
            return _error("AccessDenied", str(error), 403)
        except ValueError as error:
            return _error("ValidationError", str(error), 400)
        token = _executor.set(executor)
        try:
            answer = handler(params)
        except AccessDeniedError as error:
            return _error("AccessDenied", str(error), 403)
        finally:
            _executor.reset(token)
        if role and answer[0] == 200 and operation != "DeleteStack":
            _keep_role(operation, params, role)
        return answer

    return acting


def _record(operation: str, params: Any) -> dict[str, Any] | None:
    """What the role of an operation is kept with: the change set, or the stack."""
    from ministack.services.cloudformation import changesets, handlers
    from ministack.services.cloudformation.helpers import _p

    if operation.endswith("ChangeSet"):
        return changesets._find_change_set(_p(params, "ChangeSetName"), _p(params, "StackName"))[1]  # type: ignore[no-any-return]
    return handlers._resolve_stack(_p(params, "StackName"))  # type: ignore[no-any-return]


def _kept_role(operation: str, params: Any) -> str:
    from ministack.services.cloudformation import _stacks

    record = _record(operation, params) or {}
    stack = _stacks.get(record.get("StackName", "")) or {}
    return str(record.get("RoleARN") or stack.get("RoleARN") or "")


def _keep_role(operation: str, params: Any, role: str) -> None:
    from ministack.services.cloudformation import _stacks

    record = _record(operation, params) or {}
    record["RoleARN"] = role
    if operation == "ExecuteChangeSet" and (stack := _stacks.get(record.get("StackName", ""))):
        stack["RoleARN"] = role


def _caller() -> Executor | None:
    from ministack.core import iam_evaluator

    arn = iam_evaluator.caller_arn()
    if arn.endswith(":root"):
        return None
    account, name = arn.split(":")[4], arn.rsplit("/", 1)[-1]
    if ":assumed-role/" in arn:
        return _of_role(arn, account, arn.split("/")[1])
    from ministack.services import iam

    layers = (
        iam_evaluator._gather_user_policies(name, account),
        *iam_evaluator._permissions_boundary(iam._users, name, account),
    )
    return Executor(arn=arn, account=account, layers=_flat(layers))


def _role(arn: str) -> Executor:
    """Raises ValueError for a role that CloudFormation cannot assume."""
    from ministack.services import iam

    account, name = arn.split(":")[4], arn.rsplit("/", 1)[-1]
    found = iam._roles.get_scoped(account, None, name)
    if found is None or not _trusts(found.get("AssumeRolePolicyDocument")):
        raise ValueError(f"Role {arn} is invalid or cannot be assumed")
    return _of_role(f"arn:aws:sts::{account}:assumed-role/{name}/AWSCloudFormation", account, name)


def _of_role(arn: str, account: str, name: str) -> Executor:
    from ministack.core import iam_evaluator
    from ministack.services import iam

    layers = (
        iam_evaluator._gather_role_policies(name, account),
        *iam_evaluator._permissions_boundary(iam._roles, name, account),
    )
    return Executor(arn=arn, account=account, layers=_flat(layers))


def _flat(layers: tuple[list[list[Any]], ...]) -> tuple[list[Any], ...]:
    return tuple([statement for document in layer for statement in document] for layer in layers)


def _trusts(document: Any) -> bool:
    """Whether a trust policy lets CloudFormation assume the role."""
    read = json.loads(document) if isinstance(document, str) else document or {}
    statements = read.get("Statement", [])
    return any(
        statement.get("Effect") == "Allow" and _SERVICE in json.dumps(statement.get("Principal", ""))
        for statement in (statements if isinstance(statements, list) else [statements])
    )


def _require_passed(role: str) -> None:
    caller = _caller()
    context = {"iam:PassedToService": _SERVICE}
    if caller is not None and (refusal := caller.refusal("iam:PassRole", role, "", context)):
        raise AccessDeniedError(refusal)


# Resources


def _on_create(provision: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(provision)
    def create(resource_type: str, logical_id: str, props: Any, stack_name: str) -> Any:
        # As AWS names it; buckets, and no others, are in lower case.
        name = f"{stack_name}-{logical_id}-{registry.UNKNOWN}"
        with_id = {"Id": name.lower() if resource_type == "AWS::S3::Bucket" else name, **props}
        with _Permitted("create", resource_type, logical_id, with_id):
            return provision(resource_type, logical_id, props, stack_name)

    return create


def _on_update(change: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(change)
    def update(
        resource_type: str, physical_id: str, old: Any, new: Any, stack_name: str, logical_id: Any = None, *more: Any
    ) -> Any:
        from ministack.services.cloudformation import provisioners

        if old == new:
            return change(resource_type, physical_id, old, new, stack_name, logical_id, *more)
        replaced = provisioners._replacing_change(resource_type, old, new)
        with_id = {"Id": physical_id, **new}
        with _Permitted("create" if replaced else "update", resource_type, logical_id or "", with_id):
            return change(resource_type, physical_id, old, new, stack_name, logical_id, *more)

    return update


def _on_delete(remove: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(remove)
    def delete(resource_type: str, physical_id: str, props: Any, *where: Any, **named: Any) -> Any:
        with _Permitted("delete", resource_type, physical_id, {"Id": physical_id, **(props or {})}):
            return remove(resource_type, physical_id, props, *where, **named)

    return delete


class _Permitted:
    """Within the block the resource is at work; entering it raises AccessDeniedError where something is not allowed."""

    def __init__(self, operation: str, resource_type: str, name: str, properties: Mapping[str, Any]) -> None:
        self._what = (resource_type, name)
        self._arguments = (operation, resource_type, properties)

    def __enter__(self) -> None:
        if _at.get() != self._what:
            _require_for(*self._arguments)
        self._token = _at.set(self._what)

    def __exit__(self, *_error: object) -> None:
        _at.reset(self._token)


def _require_for(operation: str, resource_type: str, properties: Mapping[str, Any]) -> None:
    from ministack.core.responses import get_account_id, get_region

    executor = _executor.get()
    if executor is None or resource_type.startswith(_FREE):
        return
    region = get_region()
    if resource_type.startswith("Custom::") or resource_type == "AWS::CloudFormation::CustomResource":
        properties = {"ServiceToken": properties.get("ServiceToken")}
    try:
        actions = registry.needed(resource_type, operation)
    except registry.UnknownTypeError as error:
        raise AccessDeniedError(str(error)) from error
    for action in actions:
        where = registry.arns(resource_type, action, properties, region=region, account=get_account_id())
        for resource in where or (None,):
            for context in _contexts(resource_type, action, properties, region, resource):
                if refusal := executor.refusal(action, resource, region, context):
                    service = action.partition(":")[0]
                    raise AccessDeniedError(
                        f'Resource handler returned message: "{refusal} (Service: {service}, Status Code: 403)" '
                        "(HandlerErrorCode: AccessDenied)"
                    )


def _contexts(
    resource_type: str, action: str, properties: Mapping[str, Any], region: str, resource: str | None
) -> Iterator[dict[str, Any]]:
    """The condition keys of a request, once for each policy that is attached."""
    tags: Any = next((properties[name] for name in _TAG_CHANGES if properties.get(name)), {})
    pairs = tags.items() if isinstance(tags, Mapping) else [(one["Key"], one["Value"]) for one in tags if "Key" in one]
    found: dict[str, Any] = {"aws:CalledVia": [_SERVICE], "aws:TagKeys": [key for key, _ in pairs]}
    for key, value in pairs:
        found[f"aws:RequestTag/{key}"] = found[f"aws:ResourceTag/{key}"] = value
    if boundary := properties.get("PermissionsBoundary") or _boundary(resource):
        found["iam:PermissionsBoundary"] = boundary
    if action == "iam:PassRole" and (service := registry.passed_to(resource_type)):
        found["iam:PassedToService"] = service
    if action.startswith("kms:") and not resource_type.startswith("AWS::KMS::"):
        found["kms:ViaService"] = f"{resource_type.split('::')[1].lower()}.{region}.amazonaws.com"
        found["kms:GrantIsForAWSResource"] = "true"
    if action in ("iam:AttachRolePolicy", "iam:DetachRolePolicy"):
        yield from ({**found, "iam:PolicyARN": policy} for policy in properties.get("ManagedPolicyArns", ()))
    else:
        yield found


def _boundary(resource: str | None) -> str | None:
    """Of a role that exists."""
    from ministack.core.responses import get_account_id
    from ministack.services import iam

    if resource is None or ":role/" not in resource:
        return None
    found = iam._roles.get_scoped(get_account_id(), None, resource.rsplit("/", 1)[-1]) or {}
    boundary: str | None = found.get("PermissionsBoundary")
    return boundary


def _reading(action: str, read: Callable[..., Any]) -> Callable[..., Any]:
    """A parameter or secret that a template refers to."""

    @functools.wraps(read)
    def reading(name: str, *more: Any, **named: Any) -> Any:
        from ministack.core.responses import get_account_id, get_region

        kind = "parameter/" if action.startswith("ssm") else "secret:"
        suffix = "" if action.startswith("ssm") else "-AbCdEf"
        service = action.partition(":")[0]
        made = f"arn:aws:{service}:{get_region()}:{get_account_id()}:{kind}{name.lstrip('/')}{suffix}"
        require(action, name if name.startswith("arn:") else made, region=get_region())
        return read(name, *more, **named)

    return reading
