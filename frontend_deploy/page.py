"""What a built page says: its build id and its inline scripts."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from html.parser import HTMLParser

# Blocks of data: browsers do not run them, so a content security policy does not ask for their hash.
_DATA_TYPES = frozenset({"application/json", "application/ld+json", "text/plain"})


@dataclass(frozen=True, kw_only=True)
class Page:
    """`script_hashes`: CSP sources without quotes, e.g. `sha256-…=`, one for every inline script, in page order."""

    build_id: str | None
    script_hashes: tuple[str, ...]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.build_id: str | None = None
        self.script_hashes: list[str] = []
        self._script: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "meta" and attributes.get("name") == "build-id":
            self.build_id = attributes.get("content")
        if tag == "script" and "src" not in attributes and (attributes.get("type") or "").lower() not in _DATA_TYPES:
            self._script = []

    def handle_data(self, data: str) -> None:
        if self._script is not None:
            self._script.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._script is not None:
            self.script_hashes.append(_csp_hash("".join(self._script)))
            self._script = None


def read_page(html: str) -> Page:
    """Reads a page as a browser would; broken markup gives what can be read of it."""
    reader = _Reader()
    # Browsers normalise line ends before they hash: https://html.spec.whatwg.org/#preprocessing-the-input-stream
    reader.feed(html.replace("\r\n", "\n").replace("\r", "\n"))
    reader.close()
    return Page(build_id=reader.build_id, script_hashes=tuple(reader.script_hashes))


def _csp_hash(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
