"""Discovery: what a handler file must say, and the one line that follows when it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from lambda_build.discovery import HandlerDefinitionError, discover_handlers

GOOD = """
FUNCTION = {"category": "templates", "route": "/api/templates", "check": "/api/templates"}

def handler(event, context):
    return {}
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_is_a_function_and_tests_are_none(tmp_path: Path) -> None:
    for name in ("risk_profiles.py", "test_risk_profiles.py", "risk_profiles_test.py", "conftest.py", "_shared.py"):
        write(tmp_path, name, GOOD)

    (found,) = discover_handlers(tmp_path)

    assert found.name == "risk-profiles"
    assert found.entry == "lambda_src.handlers.risk_profiles.handler"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def handler(e, c): ...", "declares no category"),
        ('FUNCTION = {"route": "/a", "check": "/a"}\nhandler = 1', "declares no category; add the key 'category'"),
        ('FUNCTION = {"category": "a", "route": "/a", "check": "/a"}', "defines no `handler`"),
        (GOOD.replace('"check"', '"chek": 1, "check"'), "unknown key 'chek'; allowed: category"),
        (GOOD.replace('"/api/templates", "check"', '"api", "check"'), "FUNCTION['route']"),
        (GOOD.replace('"check": "/api/templates"', '"check": "/api/other"'), "is not below its route"),
        ("FUNCTION = dict(category=name())\nhandler = 1", "plain literals"),
        ("FUNCTION = {", "not readable as Python"),
    ],
)
def test_a_wrong_declaration_is_one_line_with_the_file_and_the_key(tmp_path: Path, text: str, expected: str) -> None:
    write(tmp_path, "orders.py", text)

    with pytest.raises(HandlerDefinitionError) as raised:
        discover_handlers(tmp_path)

    assert expected in str(raised.value)
    assert "orders.py" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_two_handlers_cannot_share_a_route(tmp_path: Path) -> None:
    write(tmp_path, "first.py", GOOD)
    write(tmp_path, "second.py", GOOD)

    with pytest.raises(
        HandlerDefinitionError, match=r"second\.py: route '/api/templates' belongs to handlers/first\.py"
    ):
        discover_handlers(tmp_path)


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(HandlerDefinitionError, match="no handler file"):
        discover_handlers(tmp_path)
