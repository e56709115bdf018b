"""Whatever is done to an environment's file, it is read or refused in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from environments import Environment, EnvironmentFileError, load_environment
from environments.loader import DIRECTORY

ORIGINALS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(DIRECTORY.glob("*.toml"))}
KEYS = st.sampled_from(["x", "x.y", "name", "data", '"a b"', '"\\u0007"', '"\\n"'])
LITERALS = st.sampled_from(
    [
        "true",
        "1",
        "-1",
        "1.5",
        "nan",
        "inf",
        "''",
        '"x"',
        '"\\n"',
        "[]",
        "['a']",
        "{}",
        "{a=1}",
        "1979-05-27",
        "0x" + "f" * 4000,
    ]
)


def read(tmp_path: Path, name: str, text: str) -> None:
    """Read `text` as the environment `name`; the one outcome besides an environment is one printable line."""
    directory = tmp_path / "environments"
    directory.mkdir(exist_ok=True)
    (directory / f"{name}.toml").write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        assert isinstance(load_environment(name, directory), Environment)
    except EnvironmentFileError as error:
        message = str(error)
        assert message.startswith(f"environments/{name}.toml: ")
        assert message.isprintable()


@st.composite
def edited_values(draw: st.DrawFn) -> tuple[str, str]:
    """An environment in which some values were replaced by others, or some lines repeated or left out."""
    name = draw(st.sampled_from(sorted(ORIGINALS)))
    lines = ORIGINALS[name].splitlines()
    for _ in range(draw(st.integers(1, 4))):
        index = draw(st.integers(0, len(lines) - 1))
        key, equals, value = lines[index].partition(" = ")
        match draw(st.sampled_from(["value", "key", "new key", "drop", "repeat", "section"])):
            case "value" if equals:
                lines[index] = f"{key} = {draw(LITERALS)}"
            case "key" if equals:
                lines[index] = f"{draw(KEYS)} = {value}"
            case "new key":
                lines.insert(index, f"{draw(KEYS)} = {draw(LITERALS)}")
            case "drop":
                lines[index] = ""
            case "repeat":
                lines.insert(draw(st.integers(0, len(lines))), lines[index])
            case "section":
                lines[index] = draw(st.sampled_from(["[data]", "[data.redis]", "[[data]]", "[nothing]", "[functions]"]))
    return name, "\n".join(lines)


@st.composite
def edited_characters(draw: st.DrawFn) -> tuple[str, str]:
    """An environment in which a stretch of characters was replaced by any text."""
    name = draw(st.sampled_from(sorted(ORIGINALS)))
    text = ORIGINALS[name]
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + 20)))
    return name, text[:start] + draw(st.text(max_size=20)) + text[end:]


@pytest.mark.parametrize("edited", [edited_values(), edited_characters()], ids=["values", "characters"])
def test_any_edit_is_read_or_refused_in_one_line(edited: st.SearchStrategy[tuple[str, str]], tmp_path: Path) -> None:
    @settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.nested_given])
    @given(edited)
    def check(edit: tuple[str, str]) -> None:
        read(tmp_path, *edit)

    check()
