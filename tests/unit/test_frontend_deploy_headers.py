"""Which headers a path is published with."""

from __future__ import annotations

import pytest

from frontend_deploy import FileKind, headers_for

BUILD = "0123456789abcdef"
YEAR = "public, max-age=31536000, immutable"
NEVER = "no-cache, no-store, must-revalidate"


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("index.html", "text/html; charset=utf-8"),
        ("a/b.HTML", "text/html; charset=utf-8"),
        ("app.js", "application/javascript"),
        ("app.mjs", "application/javascript"),
        ("app.css", "text/css; charset=utf-8"),
        ("app.js.map", "application/json"),
        ("config.json", "application/json"),
        ("favicon.svg", "image/svg+xml"),
        ("favicon.ico", "image/x-icon"),
        ("picture.png", "image/png"),
        ("index.txt", "text/plain; charset=utf-8"),
        ("font.woff2", "font/woff2"),
        ("site.webmanifest", "application/manifest+json"),
        ("archive.tar.zst", "application/octet-stream"),
        ("LICENSE", "application/octet-stream"),
        (".well-known/security", "application/octet-stream"),
    ],
)
def test_content_type_is_the_extensions(path: str, content_type: str) -> None:
    assert headers_for(path, build_id=BUILD).content_type == content_type


@pytest.mark.parametrize(
    "path",
    [
        "_next/static/chunks/0cz1d0mv5g_q7.js",
        "_next/static/chunks/2-6x7n2h7nby4.css",
        "_next/static/chunks/3qfy96eoyh-ek.js",
        "_next/static/chunks/0a.b~c_d-e123.js",
        "_next/static/chunks/turbopack-2u1d16houkiyo.js",
        "_next/static/media/inter-latin.0f3a5d9c.woff2",
        "_next/static/inline/00a165389dcb8806.js",
        f"_next/static/{BUILD}/_buildManifest.js",
    ],
)
def test_content_hashed_assets_are_kept_for_a_year(path: str) -> None:
    headers = headers_for(path, build_id=BUILD)
    assert (headers.kind, headers.cache_control) == (FileKind.ASSET, YEAR)


@pytest.mark.parametrize(
    "path",
    [
        # Neither HTML nor hashed: a year of cache on these is what the original scripts got wrong.
        "favicon.ico",
        "index.txt",
        "lists/__next.lists.__PAGE__.txt",
        "robots.txt",
        # A hash in the name, but outside the folder in which names are Next.js's.
        "logo.0f3a5d9c.svg",
        # In the folder without a hash, or under another build's name.
        "_next/static/chunks/main.js",
        "_next/static/chunks/polyfills-legacy.js",
        "_next/static/another/_buildManifest.js",
        "x/_next/static/chunks/0cz1d0mv5g_q7.js",
        # A configuration elsewhere is not the configuration.
        "nested/config.json",
    ],
)
def test_what_keeps_its_name_is_asked_for_each_time(path: str) -> None:
    headers = headers_for(path, build_id=BUILD)
    assert (headers.kind, headers.cache_control) == (FileKind.FILE, "no-cache")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("index.html", FileKind.PAGE),
        ("404.html", FileKind.PAGE),
        ("_next/static/chunks/0cz1d0mv5g_q7.html", FileKind.PAGE),
        ("config.json", FileKind.CONFIGURATION),
    ],
)
def test_pages_and_configuration_are_never_kept(path: str, kind: FileKind) -> None:
    headers = headers_for(path, build_id=BUILD)
    assert (headers.kind, headers.cache_control) == (kind, NEVER)
