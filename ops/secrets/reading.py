"""Credentials from a file or standard input, as JSON or dotenv.

Errors give a line or a name, never a piece of the text: whatever is wrong with it, it may be a secret.
"""

from __future__ import annotations

import json
import re
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr

from ops.errors import ExitCode, OperatorError
from ops.secrets.catalogue import FIELDS
from ops.secrets.formats import RULES, Entered

STDIN: Final = "-"
_LARGEST: Final = 1024 * 1024
_LINE: Final = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
# A name that is shown when it is wrong: a value in its place would have digits, or be longer.
_HARMLESS: Final = re.compile(r"[A-Za-z][A-Za-z_-]{1,30}")


def variable(name: str, field: str) -> str:
    """The field's name in a dotenv file, e.g. `BINANCE_API_KEY`."""
    snake = re.sub("([A-Z])", r"_\1", field)
    return f"{name}_{snake}".upper()


def template(*, dotenv: bool) -> str:
    """The fields of every secret without values, as JSON or dotenv; dotenv has room to say what each must be."""
    if dotenv:
        return "".join(
            f"# {name} {field}: {RULES[name][field].says}\n{variable(name, field)}=\n"
            for name, fields in FIELDS.items()
            for field in fields
        )
    return json.dumps({name: dict.fromkeys(fields, "") for name, fields in FIELDS.items()}, indent=2) + "\n"


def read(source: str) -> tuple[Entered, list[str]]:
    """What `source` (a path, or `-`) says, and what is wrong with its names.

    Raises:
        OperatorError: it cannot be read at all (exit code 2).
    """
    text = _text(source)
    document, mistakes = _json(text) if text.lstrip().startswith("{") else _dotenv(text)
    if document is None:
        raise _unreadable(source, mistakes[0])
    return _entered(document, mistakes)


def readable_by_others(source: str) -> bool:
    """Whether `source` is a file that others on this machine can read."""
    path = Path(source)
    return source != STDIN and path.is_file() and bool(path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))


def _text(source: str) -> str:
    if source == STDIN and sys.stdin.isatty():
        raise OperatorError(
            "--from - reads what is piped into the command, and standard input is a terminal",
            error="secrets-file",
            next_step="leave --from out to be asked for each value, or add < FILE",
            code=ExitCode.USAGE,
        )
    try:
        if source == STDIN:
            content = sys.stdin.buffer.read(_LARGEST + 1)
        else:
            with Path(source).open("rb") as file:
                content = file.read(_LARGEST + 1)
    except OSError as error:
        raise _unreadable(source, str(error.strerror)) from None
    if len(content) > _LARGEST:
        raise _unreadable(source, "larger than 1 MiB")
    text = _decoded(content)
    if text is None:
        raise _unreadable(source, "not UTF-8")
    return text


def _decoded(content: bytes) -> str | None:
    # Errors of decoders carry the whole text, so they end here and are no other error's cause.
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def _json(text: str) -> tuple[dict[str, Any] | None, list[str]]:
    twice: list[str] = []

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        twice.extend(f"{shown(name)}: is there twice" for name in dict.fromkeys(names) if names.count(name) > 1)
        return dict(pairs)

    try:
        document = json.loads(text, object_pairs_hook=unique)
    except RecursionError:
        return None, ["nested too deeply"]
    except ValueError as error:
        return None, [f"not JSON: line {getattr(error, 'lineno', '?')}, column {getattr(error, 'colno', '?')}"]
    return document, twice


def _dotenv(text: str) -> tuple[dict[str, Any] | None, list[str]]:
    """`NAME=value` lines as the document that JSON would have been. Nothing is expanded: a secret may contain `$`."""
    fields = {variable(name, field): (name, field) for name, own in FIELDS.items() for field in own}
    document: dict[str, Any] = {}
    mistakes: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _LINE.fullmatch(line.strip())
        if found is None:
            return None, [f"neither JSON nor dotenv: line {number} is not NAME=value"]
        if found[1] not in fields:
            mistakes.append(f"line {number}: {shown(found[1])} is no field of a secret")
            continue
        name, field = fields[found[1]]
        if field in document.setdefault(name, {}):
            mistakes.append(f"line {number}: {found[1]} is there twice")
        document[name][field] = _unquoted(found[2])
    return document, mistakes


def _unquoted(value: str) -> str:
    for quote in "'\"":
        if len(value) >= 2 and value[0] == value[-1] == quote:
            return value[1:-1]
    return value


def _entered(document: Mapping[str, Any], mistakes: list[str]) -> tuple[Entered, list[str]]:
    entered: dict[str, dict[str, SecretStr]] = {}
    for name, values in document.items():
        if name not in FIELDS:
            mistakes.append(f"{shown(name)}: there is no such secret; there are {', '.join(FIELDS)}")
        elif not isinstance(values, Mapping):
            mistakes.append(f"{name}: must be an object with {' and '.join(FIELDS[name])}")
        else:
            found = _fields(name, values, mistakes)
            if found:
                entered[name] = found
    return entered, mistakes


def _fields(name: str, values: Mapping[str, Any], mistakes: list[str]) -> dict[str, SecretStr]:
    found: dict[str, SecretStr] = {}
    for field, value in values.items():
        if field not in FIELDS[name]:
            mistakes.append(f"{name}.{shown(field)}: no such field; there are {' and '.join(FIELDS[name])}")
        elif value is not None and not isinstance(value, str):
            mistakes.append(f"{name}.{field}: must be a string")
        elif value and value.strip():
            found[field] = hidden(value)
    return found


def hidden(value: str) -> SecretStr:
    r"""`value` without the spaces around it, which copying brings along; a key in PEM with its `\n` as lines."""
    text = value.strip()
    return SecretStr(text.replace("\\n", "\n") if text.startswith("-----BEGIN") else text)


def shown(name: str) -> str:
    """A name that somebody else chose, as far as it cannot be a secret."""
    return name if _HARMLESS.fullmatch(name) else "a name that is not shown"


def _unreadable(source: str, why: str) -> OperatorError:
    what = "standard input" if source == STDIN else source
    return OperatorError(
        f"{what} is not a list of secrets: {why}",
        error="secrets-file",
        next_step="acinaces secrets template shows what it looks like",
        code=ExitCode.USAGE,
    )
