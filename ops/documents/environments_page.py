"""Every key of an environment file, with what is allowed, and what each environment says."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from pydantic import BaseModel

from environments import Environment
from ops.documents.markdown import code, page, table

_INTRODUCTION = """An environment is one file, `environments/NAME.toml`; nothing else differs between environments. A
mistake in one is a single line that names file, key and what is allowed. Most keys have a default and need not stand
there."""
# How pydantic's JSON Schema calls things -> how people do.
_LIMITS: Final = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "minItems": "at least {} of them",
    "maxItems": "at most {}",
    "maxLength": "at most {} characters",
    "pattern": "as {}",
}
_FIELD = re.compile(r"^    (?P<name>[a-z_]+): ")


def environments_page(environments: Sequence[Environment]) -> str:
    """The page."""
    schema = Environment.model_json_schema()
    sections = dict(_sections(Environment))
    return page(
        "# Environments",
        _INTRODUCTION,
        "## General",
        table(("key", "allowed", "default", "meaning"), _rows(Environment, schema, schema, skip=set(sections))),
        *(block for name, kind in sections.items() for block in _section(name, kind, schema)),
        "## What the environments say",
        "Keys in which they differ.",
        table(
            ("key", *(code(environment.name) for environment in environments)),
            _differences(environments),
        ),
    )


def _section(name: str, kind: type[BaseModel], whole: dict[str, Any]) -> Iterator[str]:
    yield f"## [{name}]"
    yield " ".join((inspect.getdoc(kind) or "").split())
    inner = dict(_sections(kind))
    yield table(
        ("key", "allowed", "default", "meaning"), _rows(kind, whole["$defs"][kind.__name__], whole, skip=set(inner))
    )
    for below, child in inner.items():
        yield from _section(f"{name}.{below}", child, whole)


def _sections(model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield name, field.annotation


def _rows(
    model: type[BaseModel], schema: dict[str, Any], whole: dict[str, Any], *, skip: set[str]
) -> Iterator[tuple[str, str, str, str]]:
    comments = _comments(model)
    for name, field in model.model_fields.items():
        # The name is that of the file.
        if name in skip or (model is Environment and name == "name"):
            continue
        default = "needed" if field.is_required() else _value(field.get_default(call_default_factory=True))
        yield code(name), _allowed(schema["properties"][name], whole), default, comments.get(name, "")


def _allowed(schema: dict[str, Any], whole: dict[str, Any]) -> str:
    if "$ref" in schema:
        return _allowed(whole["$defs"][schema["$ref"].rpartition("/")[2]], whole)
    if "anyOf" in schema:
        return " or ".join(_allowed(option, whole) for option in schema["anyOf"] if option.get("type") != "null")
    if "enum" in schema:
        return ", ".join(code(json.dumps(value)) for value in schema["enum"])
    if schema.get("type") == "array":
        parts = [f"list of {_allowed(schema['items'], whole)}"]
    elif schema.get("type") == "object":
        parts = ["table of strings"]
    else:
        parts = [{"boolean": "true, false"}.get(schema.get("type", ""), str(schema.get("type", "")))]
    for key, words in _LIMITS.items():
        if key in schema:
            limit = schema[key]
            parts.append(words.format(code(str(limit)) if key == "pattern" else str(limit)))
    return ", ".join(parts)


def _value(value: Any) -> str:
    if value is None:
        return ""
    return code(json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False))


def _comments(model: type[BaseModel]) -> dict[str, str]:
    """What stands above or behind a field in the schema's own source: the one place where a key is explained."""
    found: dict[str, str] = {}
    waiting: list[str] = []
    for line in inspect.getsource(model).splitlines():
        stripped = line.strip()
        if stripped.startswith("# "):
            waiting.append(stripped[2:])
            continue
        match = _FIELD.match(line)
        if match and waiting:
            found[match["name"]] = " ".join(waiting)
        waiting = []
    return found


def _differences(environments: Sequence[Environment]) -> Iterator[list[str]]:
    flat = [dict(_flat(environment.model_dump())) for environment in environments]
    for key in flat[0]:
        values = [_value(one.get(key)) for one in flat]
        if key not in ("name", "description") and len(set(values)) > 1:
            yield [code(key), *values]


def _flat(values: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict) and key != "connect_to":
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
