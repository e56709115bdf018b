"""How many lines acknowledgements take.

    .venv/bin/python -m benchmarks.acknowledgements

Counted: every line of every call whose name starts with `acknowledge` in constructs/ and stacks/, of the functions that
only make such calls, and of the helper and what applies it. Limit: 354, half of what a central registry took before,
for fewer validators.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
# Whole: they are about nothing else.
MECHANISM: Final = ("constructs/acknowledge.py", "constructs/function_findings.py", "stacks/compliance.py")


def lines_of(file: Path) -> int:
    """Lines of acknowledgements in `file`."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    counted: set[int] = set()
    for node in ast.walk(tree):
        called = node.func if isinstance(node, ast.Call) else None
        name = called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""
        own = isinstance(node, ast.FunctionDef) and node.name.startswith("_acknowledge")
        if own or name.lstrip("_").startswith("acknowledge"):
            counted |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))  # type: ignore[attr-defined]
    return len(counted)


def main() -> None:
    files = sorted(file for folder in ("constructs", "stacks") for file in (ROOT / folder).rglob("*.py"))
    mechanism = {ROOT / name for name in MECHANISM}
    shared = sum(len(file.read_text(encoding="utf-8").splitlines()) for file in mechanism)
    beside = {file: count for file in files if file not in mechanism and (count := lines_of(file))}
    print(f"acknowledgements: {sum(beside.values()) + shared} lines")
    print(f"beside the constructs: {sum(beside.values())} in {len(beside)} files; shared by all: {shared}")


if __name__ == "__main__":
    main()
