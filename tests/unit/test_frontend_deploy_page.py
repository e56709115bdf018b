"""Inline scripts are hashed as browsers hash them."""

from __future__ import annotations

import base64
import hashlib

import pytest

from frontend_deploy.page import read_page


def csp(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def test_the_hash_is_the_one_of_the_specification() -> None:
    # The example of https://www.w3.org/TR/CSP3/#external-hash and of every tutorial: alert('Hello, world.');
    page = read_page("<script>alert('Hello, world.');</script>")
    assert page.script_hashes == ("sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=",)


@pytest.mark.parametrize(
    ("html", "scripts"),
    [
        ("<script>a()</script><p>text</p><script>b()</script>", ["a()", "b()"]),
        ("<script> a()\n</script>", [" a()\n"]),
        ('<script>a("<p> &amp; <!-- x")</script>', ['a("<p> &amp; <!-- x")']),
        ("<SCRIPT id=x>a()</SCRIPT>", ["a()"]),
        ("<script>a()\r\nb()\rc()</script>", ["a()\nb()\nc()"]),
        ('<script type="module">a()</script>', ["a()"]),
        ("<script></script>", [""]),
        ('<script src="/a.js"></script><script async src="/b.js">ignored()</script>', []),
        ('<script type="application/json">{"a": 1}</script>', []),
        ("<p>&lt;script&gt;a()&lt;/script&gt;</p>", []),
    ],
)
def test_inline_scripts_are_found(html: str, scripts: list[str]) -> None:
    assert read_page(html).script_hashes == tuple(csp(script) for script in scripts)


def test_the_build_is_read_from_the_page() -> None:
    assert read_page('<head><meta content="abc" name="build-id"/></head>').build_id == "abc"
    assert read_page("<head></head>").build_id is None
