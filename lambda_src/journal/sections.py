"""Sections of the manifest that are larger than one SSM parameter holds: `name`, `name-2`, `name-3` ...

The first part says how many there are; objects are joined key by key.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

PARTS: Final = "parts"


def part_name(name: str, number: int) -> str:
    """The name of the part; parts are counted from 1."""
    return name if number == 1 else f"{name}-{number}"


def read_section(read: Callable[[str], str | None], name: str) -> dict[str, Any]:
    """The whole section; `read` returns a parameter's value, None where there is none. Raises what `read` raises."""
    first: dict[str, Any] = json.loads(read(name) or "{}")
    rest = (json.loads(read(part_name(name, number)) or "{}") for number in range(2, int(first.get(PARTS, 1)) + 1))
    return joined((first, *rest))


def joined(parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """One object of several, without what says that there are several."""
    whole: dict[str, Any] = {}
    for part in parts:
        for key, value in part.items():
            known = whole.get(key)
            whole[key] = {**known, **value} if isinstance(known, dict) and isinstance(value, dict) else value
    whole.pop(PARTS, None)
    return whole
