"""Finding handlers: a file in `lambda_src/handlers/` is a function, and says in `FUNCTION` what it needs.

`FUNCTION` is read from the syntax tree, so that synthesis needs none of the packages that handlers import.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

# What a handler does with a table, as words joined by "_": "get" (a row by its key), "read" (that, and lists),
# "query" (a partition, also by index), "append" (new rows), "update" (rows that are there), "write" (all of them).
_WORD = "(get|read|query|append|update|write)"
Access = Annotated[str, StringConstraints(pattern=rf"^{_WORD}(_{_WORD})*$")]
RoutePath = Annotated[str, StringConstraints(pattern=r"^(/[a-z0-9][a-z0-9-]*)+$")]


class HandlerDefinitionError(Exception):
    """A handler file that cannot become a function; the message names file, key and fix."""


class HandlerSpec(BaseModel):
    """What a handler declares in its module-level `FUNCTION` dictionary."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # What the gate counts it under (MISSION's M10): a category needs at least one checked endpoint.
    category: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,31}$")]
    # The API's path; everything below it goes to the same function.
    route: RoutePath
    # The path that the gate reads with GET and expects 200 from.
    check: RoutePath
    critical: bool = True
    # Reachable without `x-api-key`.
    public: bool = False
    tables: dict[str, Access] = Field(default_factory=dict)
    redis: bool = False
    secrets: tuple[str, ...] = ()
    publishes: bool = False
    workflows: tuple[str, ...] = ()
    timestream: bool = False
    # MiB and seconds; the environment's and the construct's defaults where absent.
    memory_mb: int | None = Field(default=None, ge=128, le=10240)
    timeout_s: int = Field(default=10, ge=1, le=29)
    # SSM parameters below /acinaces/{environment}/ that it reads.
    parameters: tuple[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")], ...] = ()


@dataclass(frozen=True, kw_only=True)
class HandlerSource:
    """One handler file and what it declares."""

    name: str
    path: Path
    spec: HandlerSpec

    @property
    def entry(self) -> str:
        """The Lambda handler string; the same module name as in the repository."""
        return f"lambda_src.handlers.{self.path.stem}.handler"


def discover_handlers(folder: Path) -> tuple[HandlerSource, ...]:
    """Every handler of `folder`, by name; test files and files that start with `_` are none.

    Raises:
        HandlerDefinitionError: no handlers, no or malformed `FUNCTION`, no `handler`, or a route used twice.
    """
    handlers = tuple(_read_handler(path) for path in sorted(folder.glob("*.py")) if _is_handler(path))
    if not handlers:
        raise HandlerDefinitionError(f"{folder}: no handler file found")
    _refuse_shared_routes(handlers)
    return handlers


def _is_handler(path: Path) -> bool:
    stem = path.stem
    return not (stem.startswith(("_", "test_")) or stem.endswith("_test") or stem == "conftest")


def _read_handler(path: Path) -> HandlerSource:
    shown = f"{path.parent.name}/{path.name}"
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"), filename=shown)
    except (SyntaxError, UnicodeDecodeError) as error:
        raise HandlerDefinitionError(f"{shown}: not readable as Python: {error}") from error
    if "handler" not in _top_level_names(tree):
        raise HandlerDefinitionError(f"{shown}: defines no `handler`; AWS Lambda calls a function of that name")
    try:
        declared = ast.literal_eval(_function_literal(tree, shown))
        spec = HandlerSpec.model_validate(declared)
    except ValidationError as error:
        raise HandlerDefinitionError(f"{shown}: {_first_problem(error)}") from error
    except (ValueError, TypeError) as error:
        raise HandlerDefinitionError(f"{shown}: FUNCTION must be a dictionary of plain literals: {error}") from error
    return HandlerSource(name=path.stem.replace("_", "-"), path=path, spec=spec)


def _function_literal(tree: ast.Module, shown: str) -> ast.expr:
    for node in tree.body:
        targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
        if any(isinstance(target, ast.Name) and target.id == "FUNCTION" for target in targets):
            value = getattr(node, "value", None)
            if isinstance(value, ast.expr):
                return value
    raise HandlerDefinitionError(
        f"{shown}: declares no category. Add a module-level FUNCTION = "
        '{"category": "…", "route": "/api/…", "check": "/api/…"}'
    )


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "missing":
        return f"FUNCTION declares no {key}; add the key {key!r}"
    if problem["type"] == "extra_forbidden":
        return f"FUNCTION has an unknown key {key!r}; allowed: {', '.join(sorted(HandlerSpec.model_fields))}"
    return f"FUNCTION[{key!r}]: {problem['msg']} (got {problem['input']!r})"


def _top_level_names(tree: ast.Module) -> set[str]:
    names = set[str]()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets: Iterable[ast.expr] = node.targets if isinstance(node, ast.Assign) else [node.target]
            names.update(target.id for target in targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.ImportFrom):
            names.update(alias.asname or alias.name for alias in node.names)
    return names


def _refuse_shared_routes(handlers: Iterable[HandlerSource]) -> None:
    owners: dict[str, str] = {}
    for handler in handlers:
        other = owners.setdefault(handler.spec.route, handler.path.name)
        if other != handler.path.name:
            raise HandlerDefinitionError(
                f"handlers/{handler.path.name}: route {handler.spec.route!r} belongs to handlers/{other}"
            )
        if not f"{handler.spec.check}/".startswith(f"{handler.spec.route}/"):
            raise HandlerDefinitionError(
                f"handlers/{handler.path.name}: check {handler.spec.check!r} "
                f"is not below its route {handler.spec.route!r}"
            )
