"""Which assets a release needs; and the copies of what `frontend_deploy` knows, compared with it."""

from __future__ import annotations

from typing import Any

import pytest

from frontend_deploy.headers import CONFIG_PATH, FileKind, headers_for
from frontend_deploy.page import read_page
from lambda_src.operations import distribution
from lambda_src.operations.references import missed, needed
from lambda_src.operations.site import GROUPS, Restore

PAGE = "index.html"
CHUNK = "_next/static/chunks/main-0123456789abcdef.js"
LAZY = "_next/static/chunks/4711.fedcba9876543210.js"
OTHER = "_next/static/chunks/old-aaaaaaaa11111111.js"
PLAIN = "_next/static/media/logo.svg"


class Bucket:
    """Texts by key."""

    def __init__(self, **texts: str) -> None:
        self.texts = texts

    def get_object(self, *, Key: str, **_: str) -> Any:
        body = self.texts.get(Key, "")
        return {"Body": type("Body", (), {"read": staticmethod(body.encode)})}


BUCKET = Bucket(**{PAGE: f'<script src="/{CHUNK}"></script>', CHUNK: 'load("4711", "fedcba9876543210")'})
SITE = dict.fromkeys((PAGE, CHUNK, LAZY, OTHER, PLAIN), "v")


def test_what_pages_name_and_what_that_names_in_turn_is_needed() -> None:
    """An asset whose name says nothing is needed too."""
    assert needed(BUCKET, "b", SITE) == {CHUNK, LAZY, PLAIN}


@pytest.mark.parametrize(
    ("gone", "expected"), [([OTHER], []), ([LAZY, OTHER], [LAZY]), ([PAGE, OTHER], [PAGE, OTHER]), ([], [])]
)
def test_a_release_can_do_without_the_assets_of_older_ones(gone: list[str], expected: list[str]) -> None:
    assert missed(BUCKET, "b", SITE, gone) == expected


@pytest.mark.parametrize(
    "html",
    [
        "<script>one()</script><script src='x'>no</script>",
        "<script type='application/json'>{}</script><SCRIPT TYPE=module>a &amp; b</SCRIPT>",
        "<script>a\r\nb</script><script>",
    ],
)
def test_scripts_have_the_hashes_that_the_release_gives_them(html: str) -> None:
    assert distribution.script_hashes(html) == set(read_page(html).script_hashes)


def test_a_policy_allows_more_scripts_and_nothing_else() -> None:
    policy = "default-src 'self'; script-src 'self' 'sha256-a'; object-src 'none'"
    assert distribution.with_scripts(policy, {"sha256-a"}) == policy
    assert distribution.with_scripts(policy, {"sha256-b"}) == policy.replace("'sha256-a'", "'sha256-a' 'sha256-b'")


@pytest.mark.parametrize(
    "key", [CHUNK, "_next/static/Build123/_buildManifest.js", "favicon.ico", "lists.txt", CONFIG_PATH, "lists.html"]
)
def test_files_go_back_in_the_order_of_a_publication(key: str) -> None:
    kinds = list(FileKind)
    restored = GROUPS.index(Restore(key=key, from_version="a", to_version="b").group)
    assert restored == kinds.index(headers_for(key, build_id="Build123").kind)
