"""Whether `node_modules` is what the lock says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_DEPENDENCIES = ("dependencies", "devDependencies", "optionalDependencies")


def modules_are_current(frontend: Path) -> bool:
    """Whether `npm ci` would change nothing.

    npm writes `node_modules/.package-lock.json` last, so a broken-off installation has none. Optional packages (the
    compiler of another platform) may be absent; one of the compilers must be there, or Next.js would download it.
    """
    lock = _packages(frontend / "package-lock.json")
    installed = _packages(frontend / "node_modules" / ".package-lock.json")
    if lock is None or installed is None or not _lock_matches(frontend, lock[""]):
        return False
    wanted = {path: package for path, package in lock.items() if path}
    if any(_identity(wanted.get(path)) != _identity(package) for path, package in installed.items()):
        return False
    required = {path for path, package in wanted.items() if not package.get("optional")}
    has_compiler = any(path.startswith("node_modules/@next/swc-") for path in installed)
    return required <= installed.keys() and has_compiler and (frontend / "node_modules" / "next").is_dir()


def _packages(lock: Path) -> dict[str, dict[str, Any]] | None:
    try:
        packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    except (OSError, ValueError, KeyError):
        return None
    return packages if isinstance(packages, dict) else None


def _lock_matches(frontend: Path, root: dict[str, Any]) -> bool:
    """Where package.json asks for something else, `npm ci` is run: it says what does not fit."""
    manifest = json.loads((frontend / "package.json").read_text(encoding="utf-8"))
    return all(manifest.get(kind, {}) == root.get(kind, {}) for kind in _DEPENDENCIES)


def _identity(package: dict[str, Any] | None) -> tuple[Any, Any] | None:
    return None if package is None else (package.get("version"), package.get("integrity"))
