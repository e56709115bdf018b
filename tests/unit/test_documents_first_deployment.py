"""The page for the first day tells what the rehearsal does: the same steps, in the same order."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_each_step_of_the_page_is_rehearsed_in_its_order() -> None:
    page = (ROOT / "docs" / "first-deployment.md").read_text(encoding="utf-8")
    rehearsal = ast.parse((ROOT / "tests" / "e2e" / "test_first_day.py").read_text(encoding="utf-8"))

    named = re.findall(r"^`(test_\w+)`$|:\n`(test_\w+)`$", page, re.MULTILINE)

    tests = [node.name for node in rehearsal.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test")]
    assert [first or second for first, second in named] == tests
