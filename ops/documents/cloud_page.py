"""What the embedded cloud enforces: the constants of local/emulation, read as text (`ops` imports nothing of `local`).

A module says `ENFORCES` and `NOT_ENFORCED`, tuples of plain sentences; one that refuses nothing says in its docstring
what it adds.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ops.documents.markdown import bullets, page

EMULATION: Final = Path(__file__).resolve().parent.parent.parent / "local" / "emulation"
_INTRODUCTION: Final = """`make local` starts an emulator of AWS and changes it until it is as strict as AWS. What AWS
would refuse, the embedded cloud is to refuse with the same error; what it does not refuse yet is named here. Each
heading is a module of `local/emulation/`."""


@dataclass(frozen=True, kw_only=True)
class Module:
    """One module of the emulation. `title` is the first paragraph of its docstring."""

    name: str
    title: str
    enforces: tuple[str, ...]
    not_enforced: tuple[str, ...]
    installs: bool


def modules(folder: Path = EMULATION) -> list[Module]:
    """Every module of the emulation, by name. Raises ValueError for a constant that is not a tuple of texts."""
    return [_module(path) for path in sorted(folder.glob("*.py"))]


def cloud_page(found: Sequence[Module]) -> str:
    """The page."""
    strict = [module for module in found if module.enforces or module.not_enforced]
    adding = [module for module in found if module.installs and module not in strict]
    return page(
        "# What the embedded cloud enforces, and what it does not",
        _INTRODUCTION,
        *(block for module in strict for block in _blocks(module)),
        "## Behaviour of AWS that it adds to the emulator" if adding else "",
        bullets(f"`{module.name}`: {module.title}" for module in adding),
    )


def _blocks(module: Module) -> Iterator[str]:
    yield f"## {module.name}"
    yield module.title
    yield bullets(module.enforces)
    if module.not_enforced:
        yield "Not enforced:"
        yield bullets(module.not_enforced)


def _module(path: Path) -> Module:
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    title = (ast.get_docstring(tree) or "").partition("\n\n")[0]
    return Module(
        name=path.stem,
        title=" ".join(title.split()),
        enforces=_texts(tree, "ENFORCES", path),
        not_enforced=_texts(tree, "NOT_ENFORCED", path),
        installs=any(isinstance(node, ast.FunctionDef) and node.name == "install" for node in tree.body),
    )


def _texts(tree: ast.Module, name: str, path: Path) -> tuple[str, ...]:
    for node in tree.body:
        targets: list[Any] = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            value = ast.literal_eval(node.value)  # type: ignore[attr-defined]
            if not isinstance(value, tuple) or not all(isinstance(text, str) for text in value):
                raise ValueError(f"{path}: {name} must be a tuple of texts")
            return value
    return ()
