"""Equal changes of several environments, told once."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pull_request.changes.model import Comparison

Row = tuple[str, ...]


class Wording:
    """Writes texts of one environment so that another environment's are equal: `{environment}`, `{account}`."""

    def __init__(self, comparison: Comparison) -> None:
        self._all = comparison.environments
        self._patterns = {
            name: [(re.compile(rf"\b{re.escape(name)}\b"), "{environment}")]
            + ([(re.compile(rf"\b{account}\b"), "{account}")] if account else [])
            for name in comparison.environments
            for account in [comparison.accounts.get(name, "")]
        }

    def neutral(self, text: str, environment: str) -> str:
        for pattern, replacement in self._patterns.get(environment, []):
            text = pattern.sub(replacement, text)
        return text

    def where(self, environments: Iterable[str]) -> str:
        """`all` for every environment, else their names."""
        names = sorted(set(environments))
        return "all" if len(names) == len(self._all) > 1 else ", ".join(names)

    def once(self, rows: Iterable[tuple[str, Row]]) -> list[Row]:
        """Rows with the environments that they are of as the last cell, each row once, in the order of appearance."""
        found: dict[Row, list[str]] = {}
        for environment, row in rows:
            found.setdefault(tuple(self.neutral(cell, environment) for cell in row), []).append(environment)
        return [(*row, self.where(environments)) for row, environments in found.items()]


def table(heading: Row, rows: Iterable[Row]) -> list[str]:
    """A Markdown table; line breaks and bars within a cell do not break it. Nothing for no rows."""
    lines = [_line(row) for row in rows]
    return [_line(heading), _line(["---"] * len(heading)), *lines, ""] if lines else []


def code(text: str) -> str:
    """As code, so that nothing in it is read as Markdown; empty stays empty."""
    return f"`{text.replace('`', chr(39))}`" if text else ""


def codes(values: Iterable[str], *, most: int = 8) -> str:
    """Several values as code, the first `most` of them."""
    known = sorted(values)
    shown = "<br>".join(code(value) for value in known[:most])
    return f"{shown}<br>and {len(known) - most} more" if len(known) > most else shown


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("\n", "<br>").replace("|", "\\|") for cell in cells) + " |"
