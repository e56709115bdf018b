"""The headers that a published file must be served with (MISSION's M8)."""

from __future__ import annotations

import posixpath
import re
from typing import Final

from lambda_src.verification.http import Answer

ONE_YEAR_S: Final = 31_536_000

# By extension; IANA's types, and application/javascript as M8 has it.
CONTENT_TYPES: Final[dict[str, frozenset[str]]] = {
    ".html": frozenset({"text/html"}),
    ".js": frozenset({"application/javascript"}),
    ".mjs": frozenset({"application/javascript"}),
    ".css": frozenset({"text/css"}),
    ".json": frozenset({"application/json"}),
    ".map": frozenset({"application/json"}),
    ".txt": frozenset({"text/plain"}),
    ".xml": frozenset({"application/xml", "text/xml"}),
    ".svg": frozenset({"image/svg+xml"}),
    ".png": frozenset({"image/png"}),
    ".jpg": frozenset({"image/jpeg"}),
    ".jpeg": frozenset({"image/jpeg"}),
    ".gif": frozenset({"image/gif"}),
    ".webp": frozenset({"image/webp"}),
    ".avif": frozenset({"image/avif"}),
    ".ico": frozenset({"image/x-icon", "image/vnd.microsoft.icon"}),
    ".woff": frozenset({"font/woff"}),
    ".woff2": frozenset({"font/woff2"}),
    ".ttf": frozenset({"font/ttf"}),
    ".webmanifest": frozenset({"application/manifest+json"}),
    ".wasm": frozenset({"application/wasm"}),
}

# The last part of a name before its extension: 8 or more hexadecimal digits (webpack), or a digit and 12 more of
# Turbopack's alphabet.
_HASHED_STEM: Final = re.compile(r"(?:^|[-.])(?:[0-9a-f]{8,64}|[0-9][0-9a-z_~.-]{12})$")


def is_hashed(path: str, *, build_id: str | None) -> bool:
    """Whether the name changes with the content: by a hash in it, or by the build's id in its path."""
    folder, name = posixpath.split(path.partition("?")[0])
    if build_id is not None and build_id in folder.split("/"):
        return True
    return _HASHED_STEM.search(posixpath.splitext(name)[0]) is not None


def content_type_problem(path: str, answer: Answer) -> str | None:
    """What is wrong with the content type of the file at `path`; None where it is right or nothing is prescribed."""
    extension = posixpath.splitext(path.partition("?")[0])[1].lower()
    expected = CONTENT_TYPES.get(extension)
    if expected is None or answer.content_type in expected:
        return None
    return f"content type {answer.content_type or 'missing'!r}, expected {' or '.join(sorted(expected))}"


def never_cached_problem(answer: Answer) -> str | None:
    """For pages and configuration: no-cache, no-store, must-revalidate."""
    lacking = sorted({"no-cache", "no-store", "must-revalidate"} - directives(answer).keys())
    return f"{_shown(answer)} lacks {', '.join(lacking)}" if lacking else None


def hashed_file_problem(answer: Answer) -> str | None:
    """For files whose name carries a hash of their content: cached for a year, immutable."""
    found = directives(answer)
    if "immutable" in found and found.get("max-age") == str(ONE_YEAR_S) and "no-cache" not in found:
        return None
    return f"{_shown(answer)}, expected max-age={ONE_YEAR_S}, immutable for a file with a hash in its name"


def changing_file_problem(answer: Answer) -> str | None:
    """For files that keep their name when they change: no-cache, so that a new release is seen."""
    found = directives(answer)
    if "no-cache" in found and "immutable" not in found:
        return None
    return f"{_shown(answer)}, expected no-cache for a file without a hash in its name"


def directives(answer: Answer) -> dict[str, str]:
    """Cache-Control, lower-case: directive -> value or empty text."""
    parts = [part.strip().lower() for part in answer.headers.get("cache-control", "").split(",")]
    return {name.strip(): value.strip() for name, _, value in (part.partition("=") for part in parts if part)}


def _shown(answer: Answer) -> str:
    header = answer.headers.get("cache-control")
    return f"cache-control {header[:100]!r}" if header else "no cache-control"
