"""What a template lets somebody do, one line for each permission; what a new template adds to an old one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

# Documents of statements, wherever a resource type has them.
_DOCUMENTS: Final = (
    "PolicyDocument",
    "AssumeRolePolicyDocument",
    "KeyPolicy",
    "ResourcePolicy",
    "AccessPolicy",
    "Policy",
)
_OPEN_PORTS: Final = ("AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress")


def added(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Permissions that `after` gives and `before` does not, and refusals that it takes back; sorted.

    A statement whose condition changed counts as new: whether it is narrower is for a person to say.
    """
    given = set(permissions(after, "Allow")) - set(permissions(before, "Allow"))
    unlocked = set(permissions(before, "Deny")) - set(permissions(after, "Deny"))
    return sorted(given) + sorted(f"no longer refused: {one}" for one in unlocked)


def permissions(template: dict[str, Any], effect: str) -> Iterator[str]:
    """`LogicalId: action on resource [for principal] [when condition]`, for every statement with `effect`."""
    for name, resource in template.get("Resources", {}).items():
        properties = resource.get("Properties", {})
        for document in _documents(properties):
            for statement in _list(document.get("Statement", [])):
                if isinstance(statement, dict) and statement.get("Effect") == effect:
                    yield from _lines(name, statement)
        if effect == "Allow":
            yield from _beside_statements(name, resource["Type"], properties)


def _documents(properties: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for key in _DOCUMENTS:
        document = properties.get(key)
        if isinstance(document, dict):
            yield document
    for inline in properties.get("Policies", []) if isinstance(properties.get("Policies"), list) else []:
        if isinstance(inline, dict) and isinstance(inline.get("PolicyDocument"), dict):
            yield inline["PolicyDocument"]


def _lines(name: str, statement: dict[str, Any]) -> Iterator[str]:
    condition = f" when {_text(statement['Condition'])}" if statement.get("Condition") else ""
    principal = statement.get("Principal") or statement.get("NotPrincipal")
    who = f" for {'all but ' if 'NotPrincipal' in statement else ''}{_text(principal)}" if principal else ""
    actions = _list(statement.get("Action") or [f"all but {one}" for one in _list(statement.get("NotAction", []))])
    resources = _list(statement.get("Resource", statement.get("NotResource", "itself")))
    for action in actions:
        for resource in resources:
            yield f"{name}: {_text(action)} on {_text(resource)}{who}{condition}"


def _beside_statements(name: str, kind: str, properties: dict[str, Any]) -> Iterator[str]:
    """Policies that are attached, callers of functions, open ports, and roles without their boundary."""
    for arn in _list(properties.get("ManagedPolicyArns", [])):
        yield f"{name}: all of {_text(arn)}"
    if kind == "AWS::Lambda::Permission":
        source = _text(properties.get("SourceArn", "anything"))
        yield f"{name}: {properties.get('Action')} for {_text(properties.get('Principal'))} from {source}"
    if kind in _OPEN_PORTS:
        rules = properties.get("SecurityGroupIngress", [properties] if kind.endswith("Ingress") else [])
        for rule in _list(rules):
            yield f"{name}: {_text(rule)} may connect"
    if kind == "AWS::IAM::Role" and "PermissionsBoundary" not in properties:
        yield f"{name}: a role without a permissions boundary"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, separators=(",", ":"))
