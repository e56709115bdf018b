"""Resource types that the emulator does not know are recorded, so that production's templates deploy unchanged.

The emulator refuses a template with `Unrecognized resource types`. Its provisioners are a table; this table
answers for every other `AWS::` type: the resource gets an id, attributes with plausible values, and does nothing.
`recorded_resources` says which they were, because a person must not take them for working ones.
"""

from __future__ import annotations

import functools
import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from local.emulation import metric_math

# Physical ids that other resources of the emulator look at; everything else is `<stack>-<logical id>-<digest>`.
_ID_PREFIXES = {
    "AWS::EC2::EIP": "eipalloc-",
    "AWS::EC2::NatGateway": "nat-",
    "AWS::EC2::SecurityGroupIngress": "sgr-",
    "AWS::EC2::SecurityGroupEgress": "sgr-",
    "AWS::EC2::FlowLog": "fl-",
}
_ALARM = "AWS::CloudWatch::Alarm"


class RecordedAttributes(dict[str, Any]):
    """What `Fn::GetAtt` reads of a recorded resource: any attribute, each with a steady, plausible value."""

    def __init__(self, *, resource_type: str, physical_id: str) -> None:
        super().__init__()
        self._resource_type = resource_type
        self._physical_id = physical_id

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name != ""

    def __missing__(self, name: str) -> str:
        service = self._resource_type.split("::")[1].lower()
        if name.endswith("Arn"):
            return f"arn:aws:{service}:::recorded/{self._physical_id}"
        if name.endswith(("Ip", "IpAddress")):
            return "192.0.2.1"  # RFC 5737: documentation, never routed
        return self._physical_id

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ARG002 - dict.get's signature
        """As `dict.get`; every name is known."""
        return self[name]

    def __deepcopy__(self, memo: dict[int, Any]) -> RecordedAttributes:
        return RecordedAttributes(resource_type=self._resource_type, physical_id=self._physical_id)


def is_recorded(resource_type: str) -> bool:
    """Whether an unknown type is recorded: all of AWS's own except CloudFormation's, which change a stack's meaning."""
    return resource_type.startswith("AWS::") and not resource_type.startswith("AWS::CloudFormation::")


def physical_id(*, resource_type: str, stack_name: str, logical_id: str) -> str:
    """A steady id: the same stack and logical id give the same one, as an update must not look like a replacement."""
    digest = hashlib.sha256(f"{stack_name}/{logical_id}".encode()).hexdigest()[:17]
    prefix = _ID_PREFIXES.get(resource_type)
    return f"{prefix}{digest}" if prefix else f"{stack_name}-{logical_id}-{digest[:8]}"


class RecordingHandlers(dict[str, dict[str, Callable[..., Any]]]):
    """The emulator's table of provisioners, which also answers for the types that it lacks."""

    def __contains__(self, resource_type: object) -> bool:
        return super().__contains__(resource_type) or (isinstance(resource_type, str) and is_recorded(resource_type))

    def __missing__(self, resource_type: str) -> dict[str, Callable[..., Any]]:
        if not is_recorded(resource_type):
            raise KeyError(resource_type)
        return _recording_handler(resource_type)

    def get(self, resource_type: str, default: Any = None) -> Any:
        """As `dict.get`, recording what is unknown."""
        try:
            return self[resource_type]
        except KeyError:
            return default

    def knows(self, resource_type: str) -> bool:
        """Whether the emulator itself provisions the type."""
        return super().__contains__(resource_type)


def _recording_handler(resource_type: str) -> dict[str, Callable[..., Any]]:
    """create, update and delete of one unknown type, in the shapes that the emulator calls."""

    def recorded(name: str) -> tuple[str, RecordedAttributes]:
        return name, RecordedAttributes(resource_type=resource_type, physical_id=name)

    def create(logical_id: str, _properties: Mapping[str, Any], stack_name: str) -> tuple[str, RecordedAttributes]:
        return recorded(physical_id(resource_type=resource_type, stack_name=stack_name, logical_id=logical_id))

    def update(name: str, _old: Any, _new: Any, _stack_name: str) -> tuple[str, RecordedAttributes]:
        return recorded(name)

    def delete(_physical_id: str, _properties: Mapping[str, Any]) -> None:
        """Nothing was made."""

    return {"create": create, "update": update, "delete": delete}


def install() -> None:
    """Put the recording table in the place of the emulator's own, before it handles a request."""
    from ministack.services.cloudformation import changesets, provisioners, stacks

    table = RecordingHandlers(provisioners._RESOURCE_HANDLERS)
    provisioners._RESOURCE_HANDLERS = table
    # Imported there by name.
    changesets._RESOURCE_HANDLERS = table
    update_resource = stacks._update_resource

    @functools.wraps(update_resource)
    def with_attributes(resource_type: str, *args: Any) -> tuple[str, dict[str, Any]]:
        # What is unchanged is answered from a plain copy of its attributes.
        name, attributes = update_resource(resource_type, *args)
        if is_recorded(resource_type) and not table.knows(resource_type):
            attributes = RecordedAttributes(resource_type=resource_type, physical_id=name)
        return name, attributes

    stacks._update_resource = with_attributes


def recorded_resources() -> dict[str, list[str]]:
    """Recorded types of all stacks that exist -> `stack/logical id` of each resource, sorted.

    Alarms on metric math that is not computed are among them, as `AWS::CloudWatch::Alarm (metric math)`.
    """
    from ministack.services.cloudformation import _stacks, provisioners

    found: dict[str, set[str]] = defaultdict(set)
    for (_account, _region, stack_name), stack in _stacks.all_items():
        for logical_id, resource in (stack.get("_resources") or {}).items():
            resource_type = resource.get("ResourceType", "")
            if is_recorded(resource_type) and not provisioners._RESOURCE_HANDLERS.knows(resource_type):
                found[resource_type].add(f"{stack_name}/{logical_id}")
            elif resource_type == _ALARM and not metric_math.is_computed(_queries(resource)):
                found[f"{_ALARM} (metric math)"].add(f"{stack_name}/{logical_id}")
    return {resource_type: sorted(names) for resource_type, names in sorted(found.items())}


def _queries(resource: Mapping[str, Any]) -> list[Any]:
    """An alarm's metric math."""
    return (resource.get("Properties") or {}).get("Metrics") or []
