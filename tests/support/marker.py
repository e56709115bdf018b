"""A secret that must never be seen, and the disguises in which it may appear all the same."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote


@dataclass(frozen=True)
class Marker:
    """One value of digits, `+` and `/`: each disguise of it differs from it."""

    value: str = field(default_factory=lambda: f"{secrets.token_hex(9)}+/{secrets.token_hex(9)}")

    def forms(self) -> Mapping[str, bytes]:
        """Every disguise by name: as it is, cut, in base64 wherever it may stand in it, URL-encoded, as hexadecimal."""
        plain = self.value.encode()
        found = {"its beginning": plain[:10], "its end": plain[-10:], "hexadecimal": plain.hex().encode()}
        found["URL-encoded"] = quote(self.value, safe="").encode()
        found["URL-encoded path"] = quote(self.value).encode()
        for shift in range(3):
            # What precedes it shifts its bits; the first and the last characters depend on its neighbours.
            inside = base64.b64encode(b"x" * shift + plain)[4 if shift else 0 :]
            inside = inside[: len(inside) // 4 * 4 - 4]
            found[f"base64, shifted by {shift}"] = inside
            found[f"base64 for URLs, shifted by {shift}"] = inside.replace(b"+", b"-").replace(b"/", b"_")
        return found

    def seen_in(self, content: bytes) -> list[str]:
        """The disguises that `content` holds. Escapes of JSON and line breaks hide none."""
        texts = [content, content.replace(b"\\/", b"/"), b"".join(content.split())]
        return [name for name, form in self.forms().items() if any(form in text for text in texts)]

    def seen_below(self, folder: Path, *, without: frozenset[str] = frozenset()) -> Iterator[str]:
        """`path: disguise` for each file below `folder`; `without` are suffixes that are not looked at."""
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix not in without:
                yield from (f"{path.relative_to(folder)}: {form}" for form in self.seen_in(path.read_bytes()))
