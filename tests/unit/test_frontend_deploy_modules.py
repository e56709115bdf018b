"""`npm ci` runs when it would change something, and only then."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from frontend_deploy.modules import modules_are_current

NEXT = {"version": "1.0.0", "integrity": "sha512-a"}
SWC = {"version": "1.0.0", "integrity": "sha512-b", "optional": True}
PACKAGES: dict[str, Any] = {
    "": {"dependencies": {"next": "1.0.0"}, "devDependencies": {"vitest": "2.0.0"}},
    "node_modules/next": NEXT,
    "node_modules/vitest": {"version": "2.0.0", "integrity": "sha512-c", "dev": True},
    "node_modules/@next/swc-linux": SWC,
    "node_modules/@next/swc-darwin": SWC,
}
INSTALLED = {path: package for path, package in PACKAGES.items() if path and "darwin" not in path}


def write(frontend: Path, installed: dict[str, Any]) -> None:
    manifest = {kind: PACKAGES[""][kind] for kind in ("dependencies", "devDependencies")}
    (frontend / "node_modules/next").mkdir(parents=True)
    (frontend / "package.json").write_text(json.dumps(manifest), encoding="utf-8")
    (frontend / "package-lock.json").write_text(json.dumps({"packages": PACKAGES}), encoding="utf-8")
    hidden = frontend / "node_modules/.package-lock.json"
    hidden.write_text(json.dumps({"packages": installed}), encoding="utf-8")


def without(path: str) -> dict[str, Any]:
    return {name: package for name, package in INSTALLED.items() if name != path}


def test_what_the_lock_says_is_current_without_other_platforms_packages(tmp_path: Path) -> None:
    write(tmp_path, INSTALLED)
    assert modules_are_current(tmp_path)


@pytest.mark.parametrize(
    "installed",
    [
        pytest.param(INSTALLED | {"node_modules/next": NEXT | {"version": "0.9.0"}}, id="older"),
        pytest.param(INSTALLED | {"node_modules/next": NEXT | {"integrity": "sha512-x"}}, id="other content"),
        pytest.param(without("node_modules/vitest"), id="without what only the build needs"),
        pytest.param(INSTALLED | {"node_modules/leftover": NEXT}, id="more than the lock"),
        pytest.param(without("node_modules/@next/swc-linux"), id="no compiler"),
    ],
)
def test_anything_else_is_stale(tmp_path: Path, installed: dict[str, Any]) -> None:
    write(tmp_path, installed)
    assert not modules_are_current(tmp_path)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda folder: (folder / "node_modules/.package-lock.json").unlink(), id="broken off"),
        pytest.param(lambda folder: (folder / "node_modules/.package-lock.json").write_text("{"), id="not JSON"),
        pytest.param(lambda folder: (folder / "node_modules/next").rmdir(), id="deleted by hand"),
        pytest.param(
            lambda folder: (folder / "package.json").write_text("{}"), id="package.json asks for something else"
        ),
    ],
)
def test_a_spoilt_installation_is_stale(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    write(tmp_path, INSTALLED)
    spoil(tmp_path)
    assert not modules_are_current(tmp_path)
