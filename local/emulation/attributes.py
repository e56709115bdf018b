"""Attributes of resources that the emulator creates, and does not answer `Fn::GetAtt` for.

An unknown attribute fails the stack, as on AWS. Those below exist on AWS and are used by CDK.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

# Resource type -> attribute -> the property that has the same value (AWS's "Return values" of each type).
_FROM_PROPERTY: Mapping[str, Mapping[str, str]] = {
    "AWS::EC2::VPC": {"CidrBlock": "CidrBlock"},
}


def install() -> None:
    """Add the missing attributes to what create and update of those types answer."""
    from ministack.services.cloudformation import provisioners

    for resource_type, attributes in _FROM_PROPERTY.items():
        handler = provisioners._RESOURCE_HANDLERS[resource_type]
        # create(logical id, properties, ...); update(physical id, old properties, new properties, ...)
        for operation, properties_index in (("create", 1), ("update", 2)):
            if operation in handler:
                handler[operation] = _adding(handler[operation], attributes, properties_index)


def _adding(
    operation: Callable[..., tuple[str, dict[str, Any]]], attributes: Mapping[str, str], properties_index: int
) -> Callable[..., tuple[str, dict[str, Any]]]:
    """The operation, whose answer also has the attributes."""

    @functools.wraps(operation)
    def with_attributes(*args: Any, **options: Any) -> tuple[str, dict[str, Any]]:
        physical_id, answered = operation(*args, **options)
        properties = args[properties_index]
        added = {name: properties[source] for name, source in attributes.items() if source in properties}
        return physical_id, {**added, **answered}

    return with_attributes
