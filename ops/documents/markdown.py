"""Small pieces of Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from lambda_src.verification.rendering.markdown import plain as escaped

_WITHIN_A_WORD = re.compile(r"(?<=\w)&#95;(?=\w)")


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; nothing where there is no row."""
    lines = [_row(cells) for cells in rows]
    if not lines:
        return ""
    return "\n".join([_row(headers), "|" + "---|" * len(headers), *lines])


def code(text: str) -> str:
    """`text` as code within a line, whatever it contains."""
    fence = "``" if "`" in text else "`"
    pad = " " if "`" in text else ""
    return f"{fence}{pad}{text}{pad}{fence}" if text else ""


def plain(text: str) -> str:
    """`text` from outside: nothing in it is markup, a link or a mention; underscores within words may stay."""
    return _WITHIN_A_WORD.sub("_", escaped(text))


def bullets(lines: Iterable[str]) -> str:
    """A list."""
    return "\n".join(f"- {line}" for line in lines)


def console(*lines: str) -> str:
    """Commands to copy."""
    return "\n".join(["```console", *lines, "```"])


def page(*blocks: str) -> str:
    """The blocks with one empty line between them, and a line's end after the last; empty ones are left out."""
    return "\n\n".join(block.strip("\n") for block in blocks if block.strip()) + "\n"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in cells) + " |"
