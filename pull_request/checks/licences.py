"""Which licences packages may have, and reading what packages say about theirs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

# Permissive: use, change and pass on, with the notice.
ALLOWED: Final = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "BlueOak-1.0.0",
        "CNRI-Python",
        "ISC",
        "MIT",
        "MIT-0",
        "PSF-2.0",
        "Python-2.0",
        "Unlicense",
        "Zlib",
    }
)
# Copyleft of single files: nothing to do for who uses them and passes nothing on.
ALLOWED_FOR_TOOLS: Final = ALLOWED | {"MPL-2.0"}
# What older packages write in place of an identifier.
_NAMES: Final = {
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: ISC License (ISCL)": "ISC",
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "License :: OSI Approved :: Python Software Foundation License": "PSF-2.0",
}
# Classifiers that name no licence.
_NO_LICENCE: Final = ("License :: OSI Approved", "License :: DFSG approved")


def expressions(entries: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Identifiers or expressions of SPDX from the `licenses` of a CycloneDX component, else the text itself."""
    for entry in entries:
        licence = entry.get("license", {})
        text = str(entry.get("expression") or licence.get("id") or licence.get("name") or "").strip()
        if text and text not in _NO_LICENCE:
            yield _NAMES.get(text, text)


def allowed(licences: Iterable[str], *, ships: bool) -> bool:
    """Whether all that a package declares is allowed; nothing declared is not."""
    known = list(licences)
    permitted = ALLOWED if ships else ALLOWED_FOR_TOOLS
    return bool(known) and all(_satisfied(expression, permitted) for expression in known)


def _satisfied(expression: str, permitted: frozenset[str]) -> bool:
    """`A AND (B OR C)`: every AND, and one of each OR; OR binds less, as SPDX has it."""
    tokens = re.findall(r"[()]|[^\s()]+", expression)

    def alternatives(position: int) -> tuple[bool, int]:
        value, position = together(position)
        while position < len(tokens) and tokens[position] == "OR":
            other, position = together(position + 1)
            value = value or other
        return value, position

    def together(position: int) -> tuple[bool, int]:
        value, position = single(position)
        while position < len(tokens) and tokens[position] == "AND":
            other, position = single(position + 1)
            value = value and other
        return value, position

    def single(position: int) -> tuple[bool, int]:
        if position >= len(tokens):
            return False, position
        if tokens[position] == "(":
            value, position = alternatives(position + 1)
            return value, position + 1
        return tokens[position] in permitted, position + 1

    value, end = alternatives(0)
    # Something behind it (`WITH …`, plain prose) is nothing that this list has judged.
    return value and end == len(tokens)
