"""The site's checks against a site that is right, and against each thing that can be wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lambda_src.verification.checks.file_headers import is_hashed
from lambda_src.verification.checks.html import own_assets, read_page
from lambda_src.verification.plan import Plan
from lambda_src.verification.verdicts import CheckResult, Verdict
from tests.faults.support.fake_aws import FakeAws
from tests.faults.support.platform import BUILD_ID, NEVER, PAGE, YEAR, FakePlatform
from tests.faults.support.runs import run
from tests.faults.support.server import Server, answer, in_turn

SCRIPT = "/_next/static/chunks/main-0a1b2c3d.js"
HTML = {"Content-Type": "text/html; charset=utf-8", **NEVER}


@pytest.fixture
def platform() -> Iterator[FakePlatform]:
    with Server() as server:
        yield FakePlatform(server, FakeAws())


def check(platform: FakePlatform, name: str, **changes: Any) -> CheckResult:
    """Runs one check of the site."""
    plan: Plan = platform.plan(**changes)
    one = tuple(check for check in plan.checks if check.name == name)
    (result,) = run(plan.model_copy(update={"checks": one})).checks
    return result


@pytest.mark.parametrize("name", ["site/page", "site/assets", "site/config"])
def test_a_site_that_is_right_passes(platform: FakePlatform, name: str) -> None:
    result = check(platform, name)

    assert result.verdict == Verdict.PASSED, result.message
    assert result.latency_ms is not None


@pytest.mark.parametrize(
    ("status", "body", "headers", "told"),
    [
        (200, PAGE, {**HTML, "Content-Type": "application/octet-stream"}, "expected text/html"),
        (200, PAGE, {**HTML, "Cache-Control": "public, max-age=31536000"}, "lacks must-revalidate, no-cache, no-store"),
        (200, PAGE, {**HTML, "Cache-Control": "no-cache"}, "lacks must-revalidate, no-store"),
        (200, PAGE, {"Content-Type": "text/html"}, "no cache-control lacks"),
        (200, PAGE.replace(BUILD_ID, "older"), HTML, f"carries build 'older', expected '{BUILD_ID}'"),
        (200, "<html></html>", HTML, "carries build None"),
        (403, "<Error><Code>AccessDenied</Code></Error>", HTML, "HTTP 403: <Error>"),
        (500, "", HTML, "HTTP 500"),
    ],
)
def test_a_page_that_is_wrong_fails_and_says_how(
    platform: FakePlatform, status: int, body: str, headers: dict[str, str], told: str
) -> None:
    platform.server.on("GET", "/", answer(status, body, headers=headers))

    result = check(platform, "site/page")

    assert result.verdict == Verdict.FAILED
    assert told in result.message


def test_a_page_of_the_former_release_is_waited_for(platform: FakePlatform) -> None:
    stale, current = (answer(200, page, headers=HTML) for page in (PAGE.replace(BUILD_ID, "older"), PAGE))
    platform.server.on("GET", "/", in_turn(stale, stale, current))

    result = check(platform, "site/page", consistency_window_s=10)

    assert (result.verdict, result.attempts) == (Verdict.PASSED, 3)


@pytest.mark.parametrize(
    ("path", "status", "headers", "told"),
    [
        (SCRIPT, 404, {}, f"1 of 3 assets: {SCRIPT}: HTTP 404"),
        (SCRIPT, 200, {"Content-Type": "text/plain", **YEAR}, "'text/plain', expected application/javascript"),
        (SCRIPT, 200, {**YEAR}, "content type 'missing'"),
        (SCRIPT, 200, {"Content-Type": "application/javascript", **NEVER}, "expected max-age=31536000, immutable"),
        (SCRIPT, 200, {"Content-Type": "application/javascript", "Cache-Control": "max-age=6"}, "'max-age=6'"),
        ("/favicon.ico", 200, {"Content-Type": "image/x-icon", **YEAR}, "expected no-cache for a file without a hash"),
        ("/favicon.ico", 200, {"Content-Type": "image/x-icon"}, "no cache-control, expected no-cache"),
    ],
)  # fmt: skip
def test_an_asset_that_is_wrong_fails_by_its_name(
    platform: FakePlatform, path: str, status: int, headers: dict[str, str], told: str
) -> None:
    platform.server.on("GET", path, answer(status, "content", headers=headers))

    result = check(platform, "site/assets")

    assert result.verdict == Verdict.FAILED
    assert told in result.message


def test_all_wrong_assets_are_told_together(platform: FakePlatform) -> None:
    for path in (SCRIPT, "/favicon.ico"):
        platform.server.on("GET", path, answer(404))

    message = check(platform, "site/assets").message

    assert message.startswith("2 of 3 assets")
    assert SCRIPT in message
    assert "/favicon.ico" in message


def test_an_empty_asset_and_a_page_without_any_fail(platform: FakePlatform) -> None:
    platform.server.on("GET", SCRIPT, answer(200, "", headers={"Content-Type": "application/javascript", **YEAR}))
    assert "is empty" in check(platform, "site/assets").message

    platform.server.on("GET", "/", answer(200, "<html></html>", headers=HTML))
    assert "name no asset" in check(platform, "site/assets").message


def test_a_large_asset_is_fine_and_a_foreign_one_is_not_called(platform: FakePlatform) -> None:
    page = PAGE.replace("</head>", '<script src="https://elsewhere.example/x.js"></script></head>')
    platform.server.on("GET", "/", answer(200, page, headers=HTML))
    large = answer(200, b"1" * 3_000_000, headers={"Content-Type": "application/javascript", **YEAR})
    platform.server.on("GET", SCRIPT, large)

    result = check(platform, "site/assets")

    assert result.verdict == Verdict.PASSED, result.message
    assert result.evidence["foreign"] == ["https://elsewhere.example/x.js"]


@pytest.mark.parametrize(
    ("body", "headers", "told"),
    [
        ({"NEXT_PUBLIC_ENVIRONMENT": "test"}, NEVER, "NEXT_PUBLIC_ENVIRONMENT is 'test', expected 'local'"),
        ({"NEXT_PUBLIC_ENVIRONMENT": "local"}, NEVER, "NEXT_PUBLIC_API_URL is 'None'"),
        (["list"], NEVER, "not an object"),
        ("<html>", NEVER, "not JSON"),
    ],
)
def test_a_configuration_that_is_wrong_fails(
    platform: FakePlatform, body: object, headers: dict[str, str], told: str
) -> None:
    platform.server.on("GET", "/config.json", answer(200, body, headers=headers))

    result = check(platform, "site/config")

    assert result.verdict == Verdict.FAILED
    assert told in result.message


def test_a_configuration_that_may_be_cached_fails(platform: FakePlatform) -> None:
    right = platform._config()
    cached = answer(200, right, headers={"Content-Type": "application/json", "Cache-Control": "max-age=60"})
    platform.server.on("GET", "/config.json", cached)

    assert "lacks must-revalidate" in check(platform, "site/config").message


def test_assets_are_found_in_every_kind_of_element() -> None:
    page = b"""<meta name=build-id content=b1><link rel="preload stylesheet" href="a.css"><link rel=canonical href=/no>
    <link rel=icon href="/favicon.ico?v=1"><link rel=manifest href=/site.webmanifest><script src="/s.js"></script>
    <script>inline()</script><img src=i.png srcset="i.png 1x, /i@2x.png 2x"><img src="data:image/png;base64,AA">
    <a href="/page">no</a><link rel=stylesheet href="//cdn.example/x.css">"""

    parsed = read_page(page)
    own, foreign = own_assets("https://acinaces.com/deep/page", parsed.addresses)

    assert parsed.build_id == "b1"
    assert own == [
        "/deep/a.css", "/favicon.ico?v=1", "/site.webmanifest", "/s.js", "/deep/i.png", "/i@2x.png",
    ]  # fmt: skip
    assert foreign == ["https://cdn.example/x.css"]


@pytest.mark.parametrize(
    ("path", "hashed"),
    [
        ("/_next/static/chunks/main-0a1b2c3d4e5f.js", True),
        ("/_next/static/css/0a1b2c3d.css", True),
        ("/_next/static/media/font-s.0a1b2c3d.woff2", True),
        ("/_next/static/chunks/05tc1xp_~x3ab.js", True),
        ("/_next/static/build-1/_buildManifest.js", True),
        ("/_next/static/chunks/polyfills.js", False),
        ("/_next/static/other/_buildManifest.js", False),
    ],
)
def test_names_that_change_with_their_content(path: str, hashed: bool) -> None:
    assert is_hashed(path, build_id="build-1") is hashed
