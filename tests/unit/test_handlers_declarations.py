"""What every handler file declares about itself, read as the release's synthesis reads it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.backend import HANDLERS

DIRECTORY = Path(__file__).resolve().parents[2] / "lambda_src" / "handlers"
KEYS = {
    "category",
    "route",
    "check",
    "critical",
    "public",
    "tables",
    "redis",
    "secrets",
    "publishes",
    "workflows",
    "timestream",
    "memory_mb",
    "timeout_s",
}
M10 = {"strategies", "templates", "risk-controls", "market-data", "ai-intelligence", "exchange", "audit"}


def declaration(handler: str) -> dict[str, Any]:
    tree = ast.parse((DIRECTORY / f"{handler}.py").read_text())
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FUNCTION":
            literal: dict[str, Any] = ast.literal_eval(node.value)
            return literal
    raise AssertionError(f"{handler} declares no FUNCTION literal")


def test_the_folder_holds_the_twelve_functions() -> None:
    assert {path.stem for path in DIRECTORY.glob("*.py")} - {"__init__"} == set(HANDLERS)


@pytest.mark.parametrize("handler", HANDLERS)
def test_declaration_is_a_complete_literal(handler: str) -> None:
    function = declaration(handler)
    # Few read parameters; those that do say which.
    assert function.keys() - {"parameters"} == KEYS
    assert function["check"].startswith(function["route"])
    assert function["public"] == (handler == "health")
    # Every write is audited and published.
    writes = {table for table, access in function["tables"].items() if not {access} <= {"get", "read", "query"}}
    assert ("audit" in writes) == function["publishes"] == (writes != set())
    assert function["tables"].get("audit") in (None, "append", "query", "get"), "entries are added, never changed"


def test_every_category_of_m10_has_a_critical_check() -> None:
    assert {declaration(handler)["category"] for handler in HANDLERS if declaration(handler)["critical"]} >= M10


def test_importing_a_handler_loads_no_aws_sdk_and_no_redis() -> None:
    modules = ",".join(f"lambda_src.handlers.{handler}" for handler in HANDLERS)
    heavy = "'boto3', 'botocore.session', 'redis', 'aws_cdk'"
    code = f"import sys, {modules}; print([name for name in ({heavy}) if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=DIRECTORY.parents[1])
    assert (ran.stdout.strip(), ran.stderr) == ("[]", "")
