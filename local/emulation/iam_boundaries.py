"""A role that CloudFormation makes has the permissions boundary that its template names.

The emulator's provisioner drops the property; its evaluation knows boundaries. Ends when it keeps them.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, Final

ENFORCES: Final = (
    "A role's permissions boundary limits it however the role was made; CloudFormation cannot make a role with a "
    'boundary that does not exist: "Scope ARN: … does not exist or is not attachable."',
)
_TYPE: Final = "AWS::IAM::Role"


def install() -> None:
    """Wrap the provisioner of roles."""
    from ministack.services.cloudformation import provisioners

    handler = provisioners._RESOURCE_HANDLERS[_TYPE]
    create, update = handler["create"], handler["update"]

    @functools.wraps(create)
    def create_within(logical_id: str, props: Mapping[str, Any], stack_name: str) -> Any:
        _check(props)
        made = create(logical_id, props, stack_name)
        _keep(made[0], props)
        return made

    @functools.wraps(update)
    def update_within(physical_id: str, old: Any, new: Mapping[str, Any], *rest: Any) -> Any:
        _check(new)
        made = update(physical_id, old, new, *rest)
        _keep(made[0], new)
        return made

    handler["create"], handler["update"] = create_within, update_within


def _check(props: Mapping[str, Any]) -> None:
    from ministack.services import iam

    boundary = props.get("PermissionsBoundary")
    if boundary and not iam._policy_exists(boundary):
        raise ValueError(
            f'Resource handler returned message: "Scope ARN: {boundary} does not exist or is not attachable. '
            '(Service: Iam, Status Code: 404)" (HandlerErrorCode: NotFound)'
        )


def _keep(name: str, props: Mapping[str, Any]) -> None:
    from ministack.services import iam

    iam._roles[name]["PermissionsBoundary"] = props.get("PermissionsBoundary") or ""
