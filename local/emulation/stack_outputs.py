"""`Fn::GetStackOutput` reads a stack of the region that it names: CDK's weak references cross regions with it.

The emulator looks in the region of the stack that is deployed, whatever `Region` says.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from local.emulation import iam_execution

_FUNCTION = "Fn::GetStackOutput"
_PACKAGE = "ministack.services.cloudformation"


def install() -> None:
    """Wrap the resolver of intrinsic functions in each module that has it by name."""
    from ministack.services.cloudformation import engine

    resolve = engine._resolve_refs

    @functools.wraps(resolve)
    def resolve_in_region(value: Any, *context: Any) -> Any:
        region = named_region(value)
        if isinstance(value, dict) and _FUNCTION in value:
            iam_execution.require_output(value[_FUNCTION], region)
        if region is None:
            return resolve(value, *context)
        with _region(region):
            return resolve(value, *context)

    for name, module in list(sys.modules.items()):
        if name.startswith(_PACKAGE) and getattr(module, "_resolve_refs", None) is resolve:
            module._resolve_refs = resolve_in_region  # type: ignore[attr-defined]


def named_region(value: Any) -> str | None:
    """The region that a `Fn::GetStackOutput` names; None for anything else."""
    if not isinstance(value, dict) or _FUNCTION not in value:
        return None
    reference = value[_FUNCTION]
    region = reference.get("Region") if isinstance(reference, dict) else None
    return region if isinstance(region, str) else None


@contextmanager
def _region(region: str) -> Iterator[None]:
    """The emulator's present region within a block."""
    from ministack.core.responses import get_region, set_request_region

    previous = get_region()
    set_request_region(region)
    try:
        yield
    finally:
        set_request_region(previous)
