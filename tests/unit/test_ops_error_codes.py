"""Error codes: every OperatorError has one of the registry, which says what to do about it."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.error_codes import ERROR_CODES, Kind, runbook_section
from ops.error_screen import fail, wants_json
from ops.errors import ExitCode, OperatorError
from ops.unforeseen import as_operator_error

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("ops", "local", "pull_request")
RAISES = ("OperatorError", "DeploymentFailedError")


def raised() -> Iterator[tuple[str, ast.Call]]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in RAISES:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def codes_in(tree: ast.AST) -> set[str]:
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in ERROR_CODES
    }


def test_every_error_has_a_known_code() -> None:
    wrong = []
    for place, call in raised():
        given = [keyword.value for keyword in call.keywords if keyword.arg == "error"]
        if not given:
            wrong.append(f"{place}: no error=")
        elif isinstance(given[0], ast.Constant) and given[0].value not in ERROR_CODES:
            wrong.append(f"{place}: {given[0].value!r} is not in ops/error_codes")
    assert not wrong, "\n".join(wrong)


def test_every_code_is_used_somewhere() -> None:
    sources = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    used: set[str] = set()
    for path in sources:
        if "error_codes" not in path.parts:
            used |= codes_in(ast.parse(path.read_text(encoding="utf-8")))
    assert set(ERROR_CODES) - used == set()


def test_codes_are_in_kebab_case_and_no_two_modules_have_the_same() -> None:
    from ops.error_codes import _MODULES

    codes = [entry.code for module in _MODULES for entry in module.CODES]
    assert len(codes) == len(set(codes))
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)


@pytest.mark.parametrize("code", sorted(ERROR_CODES))
def test_each_says_symptom_check_and_fix(code: str) -> None:
    entry = ERROR_CODES[code]
    assert isinstance(entry.kind, Kind)
    for text in (entry.symptom, entry.check, entry.fix):
        assert len(text) > 5
        assert "TODO" not in text
    assert entry.symptom.endswith(".")


def test_an_error_on_the_screen_has_code_place_reason_and_next_command(capsys: pytest.CaptureFixture[str]) -> None:
    error = OperatorError(
        "the thing failed",
        error="nothing-deployed",
        next_step="make deploy ENV=test",
        where="arn:aws:x",
        why="it [bold]is[/] broken",
        code=ExitCode.PRECONDITION,
    )

    with pytest.raises(SystemExit) as ended:
        fail(error)

    assert ended.value.code == 5
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines() == [
        "acinaces: the thing failed  [nothing-deployed]",
        "where: arn:aws:x",
        "why: it [bold]is[/] broken",
        "next: make deploy ENV=test",
        f"more: {runbook_section('nothing-deployed')}",
    ]


def test_with_json_an_error_is_one_object_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    error = OperatorError("gone", error="nothing-deployed", next_step="x", code=ExitCode.PRECONDITION)

    with pytest.raises(SystemExit):
        fail(error, as_json=True)

    shown = capsys.readouterr()
    assert shown.err == ""
    assert json.loads(shown.out) == {
        "error": {
            "code": "nothing-deployed",
            "kind": "deployment",
            "phase": "operation",
            "recoverable": True,
            "message": "gone",
            "where": None,
            "why": None,
            "next": "x",
            "exit_code": 5,
            "runbook": "docs/generated/runbook.md#nothing-deployed",
        }
    }


def test_json_after_two_dashes_is_somebody_elses() -> None:
    assert wants_json(["deploy", "--json", "--env", "x"])
    assert not wants_json(["deploy", "--", "--json"])


def test_an_unforeseen_error_shows_type_and_line_and_no_value() -> None:
    from ops.doctor.findings import Diagnosis

    try:
        # A property of ours that meets what it never should.
        Diagnosis(environment="x", findings=(None,)).status  # type: ignore[arg-type]  # noqa: B018
    except AttributeError as error:
        found = as_operator_error(ValueError("hunter2").with_traceback(error.__traceback__))

    assert found.error == "unexpected"
    assert found.code == ExitCode.COULD_NOT_RUN
    assert found.where.startswith("ops/doctor/findings.py:")
    assert "hunter2" not in json.dumps(found.dump())
