"""With which headers a file is published: a pure function of its path (M8, M17.3)."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from enum import StrEnum

CONFIG_PATH = "config.json"

# M8 prescribes application/javascript. Text that people or browsers read as characters says that it is UTF-8.
CONTENT_TYPES = {
    ".avif": "image/avif",
    ".css": "text/css; charset=utf-8",
    ".gif": "image/gif",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "application/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "application/javascript",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
}
# What nobody knows is downloaded, never guessed at (the site sends X-Content-Type-Options: nosniff).
UNKNOWN_TYPE = "application/octet-stream"


class FileKind(StrEnum):
    """What decides how long a copy of a file may be used. Published in this order (F21)."""

    ASSET = "asset"
    FILE = "file"
    CONFIGURATION = "config"
    PAGE = "page"


CACHE_CONTROL = {
    # The name changes when the content does: a copy is never wrong.
    FileKind.ASSET: "public, max-age=31536000, immutable",
    # The name stays, the content changes with a release (favicon.ico, *.txt payloads, robots.txt). Kept, but asked for
    # each time: an unchanged one costs a 304, and no one navigates with a payload of the release before.
    FileKind.FILE: "no-cache",
    # Which API a page talks to: never from a copy, like the page itself.
    FileKind.CONFIGURATION: "no-cache, no-store, must-revalidate",
    FileKind.PAGE: "no-cache, no-store, must-revalidate",
}

_STATIC = "_next/static/"
# The last part of a name before its extension, alone or after `-` or `.`: hexadecimal (our own files, webpack's), or
# Turbopack's 64 bits in 13 characters, of which 13 are more than enough, so that the first is always a digit.
_HASHED_STEM = re.compile(r"(?:^|[-.])(?:[0-9a-f]{8,64}|[0-9][0-9a-z_~.-]{12})$")


@dataclass(frozen=True, kw_only=True)
class FileHeaders:
    """What is sent with a file."""

    content_type: str
    cache_control: str
    kind: FileKind


def headers_for(path: str, *, build_id: str) -> FileHeaders:
    """The headers of the file at `path` (relative, with `/`) in the build `build_id`."""
    kind = _kind(path, build_id)
    return FileHeaders(content_type=_content_type(path), cache_control=CACHE_CONTROL[kind], kind=kind)


def _content_type(path: str) -> str:
    return CONTENT_TYPES.get(posixpath.splitext(path)[1].lower(), UNKNOWN_TYPE)


def _kind(path: str, build_id: str) -> FileKind:
    stem, extension = posixpath.splitext(posixpath.basename(path))
    if extension.lower() == ".html":
        return FileKind.PAGE
    if path == CONFIG_PATH:
        return FileKind.CONFIGURATION
    if path.startswith(_STATIC) and (path.startswith(f"{_STATIC}{build_id}/") or _HASHED_STEM.search(stem)):
        return FileKind.ASSET
    return FileKind.FILE
