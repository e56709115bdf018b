"""A nested stack's unchanged resources keep their attributes when the tree is updated.

The emulator updates a child's resources without handing over their stored attributes, and answers `{}` for an
unchanged one; the next `Fn::GetAtt` on it then fails the stack. The stored attributes are in the child's record.
"""

from __future__ import annotations

import functools
from typing import Any


def install() -> None:
    """Wrap the updater that nested stacks call; top-level stacks pass the attributes themselves."""
    from ministack.services.cloudformation import provisioners

    update_resource = provisioners._update_resource

    @functools.wraps(update_resource)
    def with_stored_attributes(
        resource_type: str,
        physical_id: str,
        old_props: dict[str, Any],
        new_props: dict[str, Any],
        stack_name: str,
        logical_id: str | None = None,
        old_attrs: dict[str, Any] | None = None,
    ) -> Any:
        if old_attrs is None and logical_id is not None:
            old_attrs = _stored_attributes(stack_name=stack_name, logical_id=logical_id)
        return update_resource(resource_type, physical_id, old_props, new_props, stack_name, logical_id, old_attrs)

    provisioners._update_resource = with_stored_attributes


def _stored_attributes(*, stack_name: str, logical_id: str) -> dict[str, Any] | None:
    """The attributes that the stack's record holds for one resource."""
    from ministack.services.cloudformation import _stacks

    resource = (_stacks.get(stack_name) or {}).get("_resources", {}).get(logical_id)
    return resource.get("Attributes") if resource else None
