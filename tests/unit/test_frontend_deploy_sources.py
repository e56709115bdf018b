"""What a build of the site takes from outside is pinned, public, and there for every platform we build on."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from frontend_deploy.fingerprint import site_fingerprint

FRONTEND = Path(__file__).resolve().parents[2] / "frontend"
MANIFEST = json.loads((FRONTEND / "package.json").read_text(encoding="utf-8"))
PACKAGES = json.loads((FRONTEND / "package-lock.json").read_text(encoding="utf-8"))["packages"]


def test_every_dependency_is_pinned_exactly() -> None:
    versions = {**MANIFEST["dependencies"], **MANIFEST["devDependencies"]}
    assert {name: version for name, version in versions.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)} == {}


def test_the_lock_names_no_host_and_has_a_digest_for_every_package() -> None:
    """Where packages come from is the machine's affair (a mirror, a proxy); what they are is not."""
    packages = {path: package for path, package in PACKAGES.items() if path and not package.get("inBundle")}
    assert [path for path, package in packages.items() if "resolved" in package] == []
    assert [path for path, package in packages.items() if not package.get("integrity", "").startswith("sha512-")] == []


@pytest.mark.parametrize(
    "platform", ["darwin-arm64", "darwin-x64", "linux-arm64-gnu", "linux-arm64-musl", "linux-x64-gnu", "linux-x64-musl"]
)
def test_the_compiler_comes_from_the_lock(platform: str) -> None:
    compiler = PACKAGES[f"node_modules/@next/swc-{platform}"]
    assert compiler["version"] == MANIFEST["dependencies"]["next"]


def test_every_input_of_the_build_is_there() -> None:
    assert len(site_fingerprint(FRONTEND, node_version="24.0.0")) == 16


def test_the_sources_ask_no_other_host() -> None:
    sources = [
        file
        for name in ("src", "public")
        for file in (FRONTEND / name).rglob("*")
        if file.suffix != ".ico" and file.is_file()
    ]
    found = {
        address
        for file in sources
        for address in re.findall(
            r"(?:https?:|wss?:)?//[a-z0-9.-]+\.[a-z]{2,}[^\s\"']*", file.read_text(encoding="utf-8")
        )
    }
    assert found <= {"http://www.w3.org/2000/svg"}
