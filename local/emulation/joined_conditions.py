"""`Fn::Join` in a template's conditions, with which CDK's bootstrap asks whether a list is empty.

The emulator compares the function itself, so that each such list counts as given: CloudFormation's execution role has
no policy then, and the other roles trust an account without a number. Ends when the emulator resolves it.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Mapping
from typing import Any

_PACKAGE = "ministack.services.cloudformation"


def install() -> None:
    """Resolve joins before conditions are evaluated, in each module that has the function by name."""
    from ministack.services.cloudformation import engine

    evaluate = engine._evaluate_conditions

    @functools.wraps(evaluate)
    def with_joins(template: Mapping[str, Any], params: Mapping[str, Any]) -> Any:
        conditions = joined(template.get("Conditions") or {}, params)
        return evaluate({**template, "Conditions": conditions}, params)

    for name, module in list(sys.modules.items()):
        if name.startswith(_PACKAGE) and getattr(module, "_evaluate_conditions", None) is evaluate:
            module._evaluate_conditions = with_joins  # type: ignore[attr-defined]


def joined(value: Any, params: Mapping[str, Any]) -> Any:
    """`value` with the text of each `Fn::Join` of parameters."""
    if isinstance(value, list):
        return [joined(inner, params) for inner in value]
    if not isinstance(value, Mapping):
        return value
    if "Fn::Join" not in value:
        return {key: joined(inner, params) for key, inner in value.items()}
    separator, parts = value["Fn::Join"]
    texts = [_text(part, params) for part in (parts if isinstance(parts, list) else [parts])]
    # A list parameter is one text with commas.
    return separator.join(texts if isinstance(parts, list) else [one.strip() for one in texts[0].split(",")])


def _text(part: Any, params: Mapping[str, Any]) -> str:
    if isinstance(part, Mapping) and part.get("Ref") in params:
        return str(params[part["Ref"]]["Value"])
    return str(part)
