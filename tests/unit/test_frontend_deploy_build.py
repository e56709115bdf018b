"""The site is built when missing or stale, once, completely or not at all. With a small builder in place of Next.js."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from frontend_deploy import BuiltSite, SiteBuildError, build, ensure_site
from frontend_deploy.node import Node, find_node

# Says that it ran, then writes what src/text says; fails, or changes its own sources, when src/text asks for it.
BUILDER = """
import fs from "node:fs";
const text = fs.readFileSync("src/text", "utf8");
fs.appendFileSync("../builds", text + "\\n");
console.log("compiling " + text);
if (text === "broken") { console.error("Type error: no such thing"); process.exit(3); }
if (text === "restless") fs.writeFileSync("src/text", "changed");
fs.rmSync("out", { recursive: true, force: true });
fs.mkdirSync("out");
const page = '<meta name="build-id" content="' + text + '">';
if (text === "pageless") process.exit(0);
fs.writeFileSync("out/index.html", page);
fs.writeFileSync("out/404.html", page);
"""
# In place of npm: notes its arguments and installs what the lock says.
NPM = """
const fs = require("node:fs");
fs.appendFileSync("../installs", JSON.stringify([process.argv.slice(2), process.env.NEXT_TELEMETRY_DISABLED]) + "\\n");
if (fs.existsSync("src/no-network")) { console.error("npm error network timeout"); process.exit(1); }
fs.mkdirSync("node_modules/next", { recursive: true });
const lock = JSON.parse(fs.readFileSync("package-lock.json", "utf8"));
delete lock.packages[""];
fs.writeFileSync("node_modules/.package-lock.json", JSON.stringify(lock));
"""
LOCK = {
    "packages": {
        "": {"dependencies": {"next": "1.0.0"}},
        "node_modules/next": {"version": "1.0.0", "integrity": "sha512-a"},
        "node_modules/@next/swc-here": {"version": "1.0.0", "integrity": "sha512-b", "optional": True},
    }
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a small site, nothing installed and nothing built."""
    frontend = tmp_path / "frontend"
    for folder in ("src", "scripts", "tests"):
        (frontend / folder).mkdir(parents=True)
    inputs = ["package.json", "package-lock.json", "scripts", "src"]
    manifest = {"siteInputs": inputs, "dependencies": {"next": "1.0.0"}}
    (frontend / "package.json").write_text(json.dumps(manifest), encoding="utf-8")
    (frontend / "package-lock.json").write_text(json.dumps(LOCK), encoding="utf-8")
    (frontend / "scripts/build.mjs").write_text(BUILDER, encoding="utf-8")
    (tmp_path / "npm.cjs").write_text(NPM, encoding="utf-8")
    write(tmp_path, "first")
    real = find_node()
    monkeypatch.setattr(
        build, "find_node", lambda: Node(executable=real.executable, npm_cli=tmp_path / "npm.cjs", version=real.version)
    )
    return tmp_path


def write(root: Path, text: str) -> None:
    (root / "frontend/src/text").write_text(text, encoding="utf-8")


def lines(root: Path, name: str) -> list[str]:
    file = root / name
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def folders(root: Path) -> set[str]:
    return {path.name for path in (root / ".build/site").iterdir() if path.is_dir()}


def test_it_is_installed_and_built_when_missing_and_reused_when_fresh(root: Path) -> None:
    site = ensure_site(root)
    assert site.build_id == "first"
    assert site.files() == ("404.html", "index.html")
    assert ensure_site(root) == site
    assert lines(root, "builds") == ["first"]
    assert lines(root, "installs") == ['[["ci","--include=dev","--include=optional"],"1"]']


def test_a_fresh_look_is_quick(root: Path) -> None:
    ensure_site(root)
    took = []
    for _ in range(5):
        started = time.perf_counter()
        ensure_site(root)
        took.append(time.perf_counter() - started)
    assert min(took) < 0.05


def test_a_changed_source_is_a_new_build_and_going_back_is_none(root: Path) -> None:
    first = ensure_site(root)
    write(root, "second")
    assert ensure_site(root).build_id == "second"
    write(root, "first")
    assert ensure_site(root) == first
    assert lines(root, "builds") == ["first", "second"]
    assert len(lines(root, "installs")) == 1


def test_another_node_is_another_build(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ensure_site(root)
    node = find_node()
    newer = Node(executable=node.executable, npm_cli=root / "npm.cjs", version="99.0.0")
    monkeypatch.setattr(build, "find_node", lambda: newer)
    assert ensure_site(root).directory != first.directory


def test_what_is_not_released_does_not_make_it_stale(root: Path) -> None:
    ensure_site(root)
    (root / "frontend/tests/new.test.ts").write_text("", encoding="utf-8")
    (root / "frontend/.next").mkdir()
    ensure_site(root)
    assert len(lines(root, "builds")) == 1


def test_a_failed_build_says_why_and_leaves_the_previous_one(root: Path) -> None:
    first = ensure_site(root)
    write(root, "broken")
    with pytest.raises(SiteBuildError) as failure:
        ensure_site(root)
    message = str(failure.value)
    assert "Building the site ended with code 3" in message
    assert "Type error: no such thing" in message
    assert str(root / ".build/site/build.log") in message
    assert message.endswith("npm run build")
    assert BuiltSite.at(first.directory) == first
    assert folders(root) == {first.directory.name}


def test_a_failed_installation_says_why_and_builds_nothing(root: Path) -> None:
    (root / "frontend/src/no-network").touch()
    with pytest.raises(SiteBuildError, match=r"(?s)Installing.*network timeout.*npm ci$"):
        ensure_site(root)
    assert lines(root, "builds") == []
    assert folders(root) == set()


def test_sources_that_change_during_the_build_are_not_published_under_their_old_name(root: Path) -> None:
    write(root, "restless")
    with pytest.raises(SiteBuildError, match="changed while"):
        ensure_site(root)
    assert folders(root) == set()
    assert ensure_site(root).build_id == "changed"


def test_a_build_without_pages_is_not_kept(root: Path) -> None:
    write(root, "pageless")
    with pytest.raises(SiteBuildError, match=r"index\.html is missing"):
        ensure_site(root)
    assert folders(root) == set()


def test_two_at_once_build_once(root: Path) -> None:
    sites: list[BuiltSite] = []
    threads = [threading.Thread(target=lambda: sites.append(ensure_site(root))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sites) == 3
    assert len(set(sites)) == 1
    assert lines(root, "builds") == ["first"]


def test_an_input_that_is_missing_is_named(root: Path) -> None:
    (root / "frontend/scripts/build.mjs").unlink()
    (root / "frontend/scripts").rmdir()
    with pytest.raises(SiteBuildError, match=r"frontend/scripts is missing.*siteInputs.*git checkout"):
        ensure_site(root)
