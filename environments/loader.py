"""Reading an environment: every mistake is one line with file, key and what is allowed."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from environments.schema import Environment

DIRECTORY = Path(__file__).resolve().parent
EXIT_USAGE = 2


class EnvironmentFileError(Exception):
    """An environment that cannot be used; the message is the one line to show. Exit code 2."""


def known_environments(directory: Path = DIRECTORY) -> list[str]:
    """Names of the environments that have a file, sorted."""
    return sorted(path.stem for path in directory.glob("*.toml"))


def load_environment(name: str | None, directory: Path = DIRECTORY) -> Environment:
    """The environment called `name`, validated.

    Raises:
        EnvironmentFileError: no name, no such file, malformed TOML, unknown key, wrong value, broken rule.
    """
    known = known_environments(directory)
    if not name:
        raise EnvironmentFileError(f"no environment given: add -c env=NAME, one of {', '.join(known)}")
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise EnvironmentFileError(f"unknown environment {name!r}: {directory.name}/ has {', '.join(known)}.{hint}")
    path = directory / f"{name}.toml"
    shown = f"{directory.name}/{path.name}"
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except RecursionError as error:
        raise EnvironmentFileError(f"{shown}: not readable as TOML: nested too deeply") from error
    # TOMLDecodeError and UnicodeDecodeError are ValueErrors, and so is an integer of thousands of digits.
    except (OSError, ValueError) as error:
        raise EnvironmentFileError(_printable(f"{shown}: not readable as TOML: {error}")) from error
    if "name" in values:
        raise EnvironmentFileError(f"{shown}: name: the file's name is the environment's name; remove the key")
    try:
        return Environment.model_validate({"name": name, **values})
    except ValidationError as error:
        raise EnvironmentFileError(_printable(f"{shown}: {_one_line(error)}")) from error


def _one_line(error: ValidationError) -> str:
    """The first problem as `key: what is wrong`; how many more there are."""
    problems = error.errors(include_url=False)
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return _describe(problems[0]) + more


def _describe(problem: ErrorDetails) -> str:
    key = ".".join(str(part) for part in problem["loc"])
    match problem["type"]:
        case "extra_forbidden":
            return f"{key}: unknown key; allowed: {', '.join(_allowed_keys(problem['loc'][:-1]))}"
        case "missing":
            return f"{key}: required, and missing"
        case "value_error":
            # Our own rules name their keys themselves.
            return problem["msg"].removeprefix("Value error, ")
        case _:
            return f"{key}: {problem['msg']} (got {_shown(problem['input'])})"


def _allowed_keys(location: tuple[int | str, ...]) -> list[str]:
    """The keys of the section at `location`."""
    fields = Environment.model_fields
    for part in location:
        section = fields[str(part)].annotation
        # A section that may be absent is `Section | None`.
        sections = [kind for kind in (section, *get_args(section)) if hasattr(kind, "model_fields")]
        fields = sections[0].model_fields if sections else {}
    return sorted(set(fields) - {"name"})


def _shown(value: object, limit: int = 80) -> str:
    """`value` as in Python, cut to `limit` characters."""
    try:
        text = repr(value)
    except ValueError:  # Python refuses to print integers of thousands of digits.
        return f"a very large {type(value).__name__}"
    return text if len(text) <= limit else text[:limit] + "..."


def _printable(text: str) -> str:
    """`text` on one line: line breaks and control characters, which TOML keys may hold, become escapes."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
