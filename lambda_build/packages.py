"""A function's own package: its entry file and what that imports, nothing else.

`lambda_src.platform_common` and third-party packages come from layers, so a changed handler changes one asset.
"""

from __future__ import annotations

import ast
import hashlib
import tempfile
from collections.abc import Iterable
from pathlib import Path

SOURCE_PACKAGE = "lambda_src"
# Comes from the layer.
SHARED_PACKAGE = f"{SOURCE_PACKAGE}.platform_common"


def import_closure(entries: Iterable[Path], root: Path) -> tuple[Path, ...]:
    """The files below `root` that `entries` need at run time, without the shared package; sorted."""
    needed = set[Path]()
    waiting = list(entries)
    while waiting:
        path = waiting.pop()
        if path in needed:
            continue
        needed.add(path)
        waiting.extend(_package_initialisers(path, root))
        waiting.extend(_imported_files(path, root))
    return tuple(sorted(needed))


def write_package(files: Iterable[Path], *, root: Path, output: Path, prefix: str = "") -> Path:
    """Copies `files` (below `root`) to `output/<digest>/<prefix>` with the same relative paths.

    The folder's name is a digest of names and contents, so an existing folder is complete and is reused.
    """
    contents = [(path.relative_to(root).as_posix(), path.read_bytes()) for path in sorted(files)]
    digest = content_digest(contents)
    target = output / digest
    if target.is_dir():
        return target
    output.mkdir(parents=True, exist_ok=True)
    # A folder of one's own: another synthesis may be writing the same package at this very moment.
    with tempfile.TemporaryDirectory(dir=output, prefix=".partial-") as temporary:
        made = Path(temporary) / digest
        for name, content in contents:
            destination = made / prefix / name
            destination.parent.mkdir(parents=True, exist_ok=True)
            destination.write_bytes(content)
        _publish_folder(made, target)
    return target


def content_digest(contents: Iterable[tuple[str, bytes]]) -> str:
    """16 hexadecimal digits over names and contents; file times and modes do not count."""
    digest = hashlib.sha256()
    for name, content in contents:
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def _publish_folder(made: Path, target: Path) -> None:
    """Renames into place; when another synthesis was first, its identical folder stays."""
    try:
        made.rename(target)
    except OSError:
        if not target.is_dir():
            raise


def _package_initialisers(path: Path, root: Path) -> list[Path]:
    folders = path.relative_to(root).parents
    return [root / folder / "__init__.py" for folder in folders if (root / folder / "__init__.py").is_file()]


def _imported_files(path: Path, root: Path) -> list[Path]:
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    names = set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = _absolute_module(node, path, root)
            names.add(module)
            names.update(f"{module}.{alias.name}" for alias in node.names)
    files = [_file_of(name, root) for name in names if _is_own(name)]
    return [file for file in files if file is not None]


def _absolute_module(node: ast.ImportFrom, path: Path, root: Path) -> str:
    if not node.level:
        return node.module or ""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join([*parts[: len(parts) - node.level], *([node.module] if node.module else [])])


def _is_own(name: str) -> bool:
    return name.startswith(f"{SOURCE_PACKAGE}.") and not f"{name}.".startswith(f"{SHARED_PACKAGE}.")


def _file_of(name: str, root: Path) -> Path | None:
    base = root.joinpath(*name.split("."))
    for candidate in (base.with_suffix(".py"), base / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None
