"""M17.3: every published file has the content type of its extension and the cache header of its kind."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from environments import load_environment
from frontend_deploy import BuiltSite, ContentGroup, Publication, build_publication
from frontend_deploy.headers import CONTENT_TYPES

BUILD = "0123456789abcdef"
PAGE = f'<meta name="build-id" content="{BUILD}">'
ENVIRONMENT = load_environment("staging")
IMMUTABLE = "public, max-age=31536000, immutable"
NEVER = "no-cache, no-store, must-revalidate"

EXTENSIONS = st.sampled_from(sorted(CONTENT_TYPES)) | st.sampled_from([".bin", ".CSS", ".Html", ".md"])
WORDS = st.sampled_from(["main", "lists", "page", "favicon", "__next._tree", "deadbee", "a-b"])
HEX_HASHES = st.text("0123456789abcdef", min_size=8, max_size=16)
TURBOPACK_HASHES = st.builds(
    "".join,
    st.tuples(st.sampled_from("0123"), st.text("0123456789abcdefghijklmnopqrstuvwxyz_-", min_size=12, max_size=12)),
)
HASHED_NAMES = st.builds(
    "{}{}{}".format, st.sampled_from(["", "turbopack-", "logo."]), HEX_HASHES | TURBOPACK_HASHES, EXTENSIONS
)
PLAIN_NAMES = st.builds("{}{}".format, WORDS, EXTENSIONS | st.just(""))
FOLDERS = st.sampled_from(["", "section/", "x/_next/static/", "_next/"])
STATIC_FOLDERS = st.sampled_from(["_next/static/chunks/", "_next/static/media/", "_next/static/inline/"])
HASHED = st.builds("{}{}".format, STATIC_FOLDERS, HASHED_NAMES) | st.builds(
    f"_next/static/{BUILD}/{{}}".format, PLAIN_NAMES
)
PLAIN = st.builds("{}{}".format, FOLDERS, PLAIN_NAMES | HASHED_NAMES) | st.builds(
    "{}{}".format, STATIC_FOLDERS, PLAIN_NAMES
)
# Files are written for each example: fewer examples, and no limit on a busy machine's time.
EXAMPLES = settings(max_examples=40, deadline=None)
SITES = st.tuples(st.sets(HASHED, max_size=8), st.sets(PLAIN, max_size=8))


def publish(root: Path, paths: set[str]) -> Publication:
    for path in {*paths, "index.html", "404.html"}:
        file = root / "out" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(PAGE, encoding="utf-8")
    return build_publication(BuiltSite.at(root / "out"), ENVIRONMENT, root=root)


def expected_type(path: str) -> str:
    extension = "." + path.rpartition("/")[2].rpartition(".")[2].lower()
    known = "." in path.rpartition("/")[2]
    return CONTENT_TYPES.get(extension, "application/octet-stream") if known else "application/octet-stream"


def expected_cache(path: str, hashed: set[str]) -> str:
    if path.lower().endswith(".html") or path == "config.json":
        return NEVER
    return IMMUTABLE if path in hashed else "no-cache"


@EXAMPLES
@given(SITES)
def test_every_file_is_published_once_with_the_headers_of_its_extension_and_kind(
    site: tuple[set[str], set[str]],
) -> None:
    hashed, plain = site
    with tempfile.TemporaryDirectory() as root:
        publication = publish(Path(root), hashed | plain)
        published = [(path, group) for group in publication.groups for path in group.files]
        assert sorted(path for path, _ in published) == sorted(
            hashed | plain | {"index.html", "404.html", "config.json"}
        )
        for path, group in published:
            assert group.content_type == expected_type(path), path
            assert group.cache_control == expected_cache(path, hashed), path
            assert (group.directory / path).is_file()


@EXAMPLES
@given(SITES)
def test_pages_come_last_hashed_assets_first_and_names_are_unique(site: tuple[set[str], set[str]]) -> None:
    hashed, plain = site
    with tempfile.TemporaryDirectory() as root:
        groups = publish(Path(root), hashed | plain).groups
        orders = [group.order for group in groups]
        assert orders == sorted(orders)
        assert len({group.name for group in groups}) == len(groups)
        assert all((group.order == 0) == (group.cache_control == IMMUTABLE) for group in groups)
        last = max(orders)
        assert {group.order == last for group in groups if "text/html" in group.content_type} == {True}


@EXAMPLES
@given(SITES)
def test_a_group_is_its_content_and_nothing_else(site: tuple[set[str], set[str]]) -> None:
    """Adding a page changes the pages' group, and no other group's digest, folder or name."""
    paths = site[0] | site[1]
    with tempfile.TemporaryDirectory() as root:
        before = _by_name(publish(Path(root), paths))
        after = _by_name(publish(Path(root), paths | {"added/page.html"}))
        assert before.keys() == after.keys()
        assert {name for name in before if before[name] != after[name]} <= {"page-html"}


def _by_name(publication: Publication) -> dict[str, ContentGroup]:
    return {group.name: group for group in publication.groups}
