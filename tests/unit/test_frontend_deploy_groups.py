"""A site becomes groups: each with its own files only, in an order in which pages are always complete."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from environments import load_environment
from frontend_deploy import BuiltSite, ContentGroup, Publication, SiteBuildError, build_publication

BUILD = "0123456789abcdef"
SCRIPT = "_next/static/chunks/0cz1d0mv5g_q7.js"
PAGE = f'<!DOCTYPE html><meta name="build-id" content="{BUILD}"><script src="/{SCRIPT}"></script>'
FILES = {
    "index.html": PAGE,
    "lists.html": PAGE,
    "docs/start.html": PAGE,
    "404.html": PAGE,
    "index.txt": "payload",
    "favicon.ico": "icon",
    SCRIPT: "code()",
    "_next/static/chunks/2-6x7n2h7nby4.css": "p{}",
    f"_next/static/{BUILD}/_buildManifest.js": "manifest()",
}


def write_site(folder: Path, files: dict[str, str]) -> BuiltSite:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, encoding="utf-8")
    return BuiltSite.at(folder)


def publish(root: Path, name: str = "staging", **changed: str) -> Publication:
    site = write_site(root / "out", FILES | changed)
    return build_publication(site, load_environment(name), root=root)


def by_name(publication: Publication) -> dict[str, ContentGroup]:
    return {group.name: group for group in publication.groups}


def test_groups_are_published_assets_first_pages_last(tmp_path: Path) -> None:
    """FAULTS F21: whenever an upload stops, every page that is there has what it names."""
    groups = publish(tmp_path).groups
    assert [(group.order, group.name) for group in groups] == [
        (0, "asset-css"),
        (0, "asset-javascript"),
        (1, "file-plain"),
        (1, "file-x-icon"),
        (2, "config-json"),
        (3, "page-html"),
    ]


def test_a_groups_folder_has_its_own_files_and_nothing_else(tmp_path: Path) -> None:
    publication = publish(tmp_path)
    seen: list[str] = []
    for group in publication.groups:
        inside = sorted(
            path.relative_to(group.directory).as_posix() for path in group.directory.rglob("*") if path.is_file()
        )
        assert inside == list(group.files)
        seen += inside
    assert sorted(seen) == sorted([*FILES, "config.json"])
    page = by_name(publication)["page-html"]
    assert (page.directory / "docs/start.html").read_text(encoding="utf-8") == PAGE


def test_the_configuration_is_the_environments_whatever_the_build_contains(tmp_path: Path) -> None:
    group = by_name(publish(tmp_path, "production", **{"config.json": "{}"}))["config-json"]
    config = json.loads((group.directory / "config.json").read_text(encoding="utf-8"))
    assert config["NEXT_PUBLIC_ENVIRONMENT"] == "production"


def test_environments_differ_in_the_configuration_only(tmp_path: Path) -> None:
    staging, production = by_name(publish(tmp_path, "staging")), by_name(publish(tmp_path, "production"))
    assert {name for name in staging if staging[name] != production[name]} == {"config-json"}


def test_a_change_touches_its_own_group_only(tmp_path: Path) -> None:
    before = publish(tmp_path)
    after = publish(tmp_path, **{"lists.html": PAGE + "<p>new</p>"})
    changed = {name for name, group in by_name(after).items() if group != by_name(before)[name]}
    assert changed == {"page-html"}
    assert before.digest != after.digest


def test_the_same_site_elsewhere_has_the_same_digests(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one, two = publish(tmp_path / "one"), publish(tmp_path / "two")
    assert one.digest == two.digest
    assert [group.digest for group in one.groups] == [group.digest for group in two.groups]


def test_a_moved_file_is_another_group_even_with_the_same_content(tmp_path: Path) -> None:
    before = by_name(publish(tmp_path))["file-x-icon"]
    (tmp_path / "out/favicon.ico").rename(tmp_path / "out/other.ico")
    site = BuiltSite.at(tmp_path / "out")
    after = by_name(build_publication(site, load_environment("staging"), root=tmp_path))["file-x-icon"]
    assert before.digest != after.digest


def test_an_unchanged_group_is_reused_not_written_again(tmp_path: Path) -> None:
    def inodes(publication: Publication) -> list[int]:
        return [(group.directory / file).stat().st_ino for group in publication.groups for file in group.files]

    assert inodes(publish(tmp_path)) == inodes(publish(tmp_path))


def test_folders_unused_for_long_are_dropped_and_used_ones_stay(tmp_path: Path) -> None:
    publication = publish(tmp_path)
    store = publication.groups[0].directory.parent
    stale, recent = store / "stale", store / "recent"
    for folder in (stale, recent):
        (folder / "sub").mkdir(parents=True)
    long_ago = time.time() - 15 * 24 * 3600
    for folder in (stale, *(group.directory for group in publication.groups)):
        os.utime(folder, (long_ago, long_ago))
    again = publish(tmp_path)
    assert not stale.exists()
    assert recent.exists()
    assert all(group.directory.is_dir() for group in again.groups)


def test_pages_are_clean_urls_without_the_error_page(tmp_path: Path) -> None:
    publication = publish(tmp_path)
    assert publication.pages == ("/", "/docs/start", "/lists")
    assert publication.build_id == BUILD


def test_inline_scripts_of_all_pages_are_listed_once_and_sorted(tmp_path: Path) -> None:
    assert publish(tmp_path).inline_script_hashes == ()
    publication = publish(
        tmp_path,
        **{
            "index.html": PAGE + "<script>b()</script>",
            "lists.html": PAGE + "<script>a()</script><script>b()</script>",
        },
    )
    assert len(publication.inline_script_hashes) == 2
    assert list(publication.inline_script_hashes) == sorted(publication.inline_script_hashes)


@pytest.mark.parametrize("missing", ["index.html", "404.html"])
def test_a_folder_without_its_pages_is_not_a_site(tmp_path: Path, missing: str) -> None:
    files = {path: content for path, content in FILES.items() if path != missing}
    with pytest.raises(SiteBuildError, match=rf"{missing} is missing.*npm run build"):
        write_site(tmp_path, files)


def test_a_page_without_a_build_id_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SiteBuildError, match="build-id"):
        write_site(tmp_path, FILES | {"index.html": "<p>hello</p>"})
