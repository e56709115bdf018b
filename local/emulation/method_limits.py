"""A limit of one method (`MethodSettings`) is kept under the path that requests have.

CloudFormation writes a resource's path as in a JSON pointer, `/~1api~1auth`; the emulator keeps it so, and looks it up
as `/api/auth`: the method then has no limit.
"""

from __future__ import annotations

import functools
from typing import Any


def install() -> None:
    """Unescape the paths before the emulator stores them."""
    from ministack.services.cloudformation import provisioners

    settings = provisioners._apigw_method_settings

    @functools.wraps(settings)
    def settings_by_path(raw: Any) -> Any:
        return settings([unescaped(item) for item in raw] if isinstance(raw, list) else raw)

    provisioners._apigw_method_settings = settings_by_path


def unescaped(item: Any) -> Any:
    """A method's settings with its path as requests have it: `/~1api~1auth` is `/api/auth`."""
    path = item.get("ResourcePath") if isinstance(item, dict) else None
    if not isinstance(path, str) or "~1" not in path:
        return item
    return {**item, "ResourcePath": "/" + path.replace("~1", "/").lstrip("/")}
