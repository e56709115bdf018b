"""Checks of the site's front: right as it is served, and wrong in each way by its name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs.published_site import content_security_policy
from lambda_src.verification.building.edge import edge_checks
from lambda_src.verification.checks.links import links_to_pages
from lambda_src.verification.checks.security_headers import content_policy_problem
from lambda_src.verification.plan import AnyCheck, Plan, Targets
from lambda_src.verification.verdicts import CheckResult, Verdict
from tests.faults.support.fake_aws import SECRET_ARN, FakeAws
from tests.faults.support.runs import only, run
from tests.faults.support.server import Server, answer, redirect
from tests.support.backend import ORIGIN
from tests.support.gateway import PREFLIGHT, Gateway

SITE_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": content_security_policy(["sha256-abc="], ["https://api.acinaces.example"]),
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}
NO_HTTPS = "nothing ends TLS here"


@pytest.fixture
def server() -> Iterator[Server]:
    """A site of three pages, and the API beside it."""
    with Server() as running:
        Gateway(running)
        page(running, "/", '<a href="/lists">Lists</a> <a href="https://elsewhere.example/">x</a> <a href="#top">t</a>')
        page(running, "/lists", '<a href="/">Home</a> <a href="/about?from=lists#here">About</a>')
        page(
            running, "/about", '<a href="mailto:a@b.example">m</a> <a href="http://[">?</a> <a href="/" download>d</a>'
        )
        running.on("GET", "/there-is-no-such-page", answer(404, "not here", headers=SITE_HEADERS))
        yield running


def page(server: Server, path: str, body: str, **headers: str) -> None:
    server.on("GET", path, answer(200, f"<html><body>{body}</body></html>", headers=SITE_HEADERS | headers))


@pytest.fixture
def aws() -> FakeAws:
    aws = FakeAws()
    aws.answers["cloudfront.get_distribution"] = lambda **_: distribution()
    return aws


def distribution(*, enabled: bool = True, status: str = "Deployed", aliases: tuple[str, ...] = ("localhost",)) -> Any:
    config = {"Enabled": enabled, "Aliases": {"Quantity": len(aliases), "Items": list(aliases)}}
    return {"Distribution": {"Id": "E1", "Status": status, "DomainName": "d1.net", "DistributionConfig": config}}


def checks(no_https_because: str | None = NO_HTTPS) -> dict[str, AnyCheck]:
    built = edge_checks(
        site_host="localhost",
        site_url=ORIGIN,
        pages=["/", "/about", "/lists"],
        distribution_id="E1",
        cors_path="/api/templates",
        no_https_because=no_https_because,
    )
    return {check.name: check for check in built}


def plan(server: Server, *some: AnyCheck, **changes: Any) -> Plan:
    targets = Targets(api_url=server.url, site_url=server.url, allow_loopback=True, **changes.pop("targets", {}))
    values = {"environment": "local", "targets": targets, "consistency_window_s": 0, "total_deadline_s": 20}
    return Plan(**(values | changes), api_key_secret_arn=SECRET_ARN, checks=some)


def outcome(server: Server, name: str, aws: FakeAws | None = None, **changes: Any) -> CheckResult:
    return only(run(plan(server, checks()[name], **changes), aws=aws))


def test_a_front_that_is_right_passes(server: Server, aws: FakeAws) -> None:
    report = run(plan(server, *checks().values()), aws=aws)

    verdicts = {result.name: (result.verdict.value, result.message) for result in report.checks}
    assert verdicts.pop("site/https-redirect") == ("skipped", NO_HTTPS)
    assert {name: told for name, (verdict, told) in verdicts.items() if verdict != "passed"} == {}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"enabled": False}, "distribution E1 is disabled"),
        ({"status": "InProgress"}, "distribution E1 is InProgress, not Deployed"),
        ({"aliases": ("d1.net",)}, "does not answer to localhost"),
        ({"aliases": ()}, "does not answer to localhost"),
    ],
)
def test_a_distribution_that_does_not_serve_the_site_fails(
    server: Server, aws: FakeAws, changes: dict[str, Any], told: str
) -> None:
    aws.answers["cloudfront.get_distribution"] = lambda **_: distribution(**changes)

    result = outcome(server, "site/distribution", aws)

    assert result.verdict == Verdict.FAILED
    assert told in result.message


def test_a_distribution_that_is_being_deployed_is_waited_for(server: Server, aws: FakeAws) -> None:
    states = iter(["InProgress", "Deployed"])
    aws.answers["cloudfront.get_distribution"] = lambda **_: distribution(status=next(states))

    result = outcome(server, "site/distribution", aws, consistency_window_s=5)

    assert (result.verdict, result.attempts) == (Verdict.PASSED, 2)


def redirected(server: Server) -> CheckResult:
    """The redirect of a name whose port 80 is this server."""
    connect_to = {"localhost:80": f"localhost:{server.port}"}
    check = checks(no_https_because=None)["site/https-redirect"]
    return only(run(plan(server, check, targets={"connect_to": connect_to})))


def test_plain_http_that_leads_to_https_passes_and_tells_nobody_the_key(server: Server) -> None:
    for path in ("/", "/about", "/lists"):
        server.on("GET", path, redirect(f"https://localhost{path}", 301))

    result = redirected(server)

    assert result.verdict == Verdict.PASSED, result.message
    assert [request.path for request in server.received] == ["/", "/about", "/lists"]
    assert all("x-api-key" not in request.headers for request in server.received)


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("http://localhost/", "redirected to 'http://localhost/', expected https://localhost/"),
        ("https://localhost/login", "expected https://localhost/"),
        ("https://attacker.example/", "redirected to 'https://attacker.example/'"),
        ("/", "redirected to 'http://localhost/'"),
    ],
)
def test_plain_http_that_leads_elsewhere_fails(server: Server, location: str, told: str) -> None:
    server.on("GET", "/", redirect(location, 301))

    result = redirected(server)

    assert result.verdict == Verdict.FAILED
    assert told in result.message


def test_plain_http_that_shows_the_page_fails(server: Server) -> None:
    result = redirected(server)

    assert result.verdict == Verdict.FAILED
    assert "HTTP 200, expected a redirect to https" in result.message


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"Access-Control-Allow-Origin": "*"}, "access-control-allow-origin '*', expected the origin"),
        ({"Access-Control-Allow-Origin": "https://other.example"}, "expected the origin"),
        ({"Access-Control-Allow-Methods": "GET,POST"}, "access-control-allow-methods lacks PUT, DELETE"),
        ({"Access-Control-Allow-Headers": "content-type"}, "access-control-allow-headers lacks x-api-key"),
    ],
)
def test_a_preflight_that_keeps_the_site_out_fails(server: Server, changes: dict[str, str], told: str) -> None:
    server.on("OPTIONS", "/api/templates", answer(204, headers=PREFLIGHT | changes))

    result = outcome(server, "site/cors")

    assert result.verdict == Verdict.FAILED
    assert told in result.message


@pytest.mark.parametrize("method", ["OPTIONS", "GET"])
def test_an_api_that_repeats_whatever_origin_asks_fails(server: Server, method: str) -> None:
    async def echo(request: Any, writer: Any) -> None:
        headers = PREFLIGHT | {"Access-Control-Allow-Origin": request.headers["origin"]}
        await answer(200, {}, headers=headers)(request, writer)

    server.on(method, "/api/templates", echo)

    result = outcome(server, "site/cors")

    assert result.verdict == Verdict.FAILED
    assert "from https://attacker.example" in result.message
    assert "which lets that site's pages in" in result.message


def test_an_answer_without_the_origin_fails_although_the_preflight_is_right(server: Server) -> None:
    server.on("GET", "/api/templates", answer(200, {}))

    assert "GET /api/templates from https://test.acinaces.com" in outcome(server, "site/cors").message


def test_a_page_that_no_link_leads_to_fails(server: Server) -> None:
    page(server, "/lists", '<a href="/">Home</a>')

    result = outcome(server, "site/navigation")

    assert result.verdict == Verdict.FAILED
    assert "no link leads from / to /about" in result.message


def test_a_link_that_leads_to_nothing_fails_with_the_page_it_is_on(server: Server) -> None:
    page(server, "/about", '<a href="/gone">Gone</a>')
    server.on("GET", "/gone", answer(404, "not here"))

    result = outcome(server, "site/navigation")

    assert result.verdict == Verdict.FAILED
    assert "/gone, linked on /about: HTTP 404" in result.message


def test_links_to_other_sites_are_not_followed(server: Server) -> None:
    assert outcome(server, "site/navigation").verdict == Verdict.PASSED
    assert {request.path for request in server.received} == {"/", "/lists", "/about"}


def test_an_endless_site_is_not_walked_endlessly(server: Server) -> None:
    async def endless(request: Any, writer: Any) -> None:
        body = "".join(f'<a href="/n{request.path.strip("/n") or 0}{digit}">' for digit in range(9))
        await answer(200, body, headers=SITE_HEADERS)(request, writer)

    server.default = endless
    page(server, "/", '<a href="/n1">')

    result = outcome(server, "site/navigation")

    assert result.verdict == Verdict.ERROR
    assert "more than 60 pages" in result.message


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"Content-Security-Policy": ""}, "no content-security-policy"),
        ({"Content-Security-Policy": "script-src 'self' 'unsafe-inline'"}, "allows scripts from 'unsafe-inline'"),
        ({"Content-Security-Policy": "default-src *"}, "allows scripts from *"),
        ({"Content-Security-Policy": "img-src 'self'"}, "says nothing about scripts"),
        ({"Content-Security-Policy": "default-src 'self'"}, "leaves object-src, base-uri, frame-ancestors open"),
        ({"Strict-Transport-Security": "max-age=60"}, "expected max-age=15552000 or more"),
        ({"X-Content-Type-Options": ""}, "expected 'nosniff'"),
        ({"X-Frame-Options": "ALLOWALL"}, "x-frame-options 'ALLOWALL', expected 'DENY'"),
        ({"Referrer-Policy": "unsafe-url"}, "referrer-policy 'unsafe-url', expected one of"),
    ],
)
def test_a_page_without_its_security_headers_fails(server: Server, headers: dict[str, str], told: str) -> None:
    page(server, "/about", "about", **headers)

    result = outcome(server, "site/security-headers")

    assert result.verdict == Verdict.FAILED
    assert f"page /about: {told}" in result.message or told in result.message


def test_the_page_for_unknown_addresses_is_looked_at_too(server: Server) -> None:
    server.on("GET", "/there-is-no-such-page", answer(404, "", headers=SITE_HEADERS | {"X-Frame-Options": ""}))

    assert "page /there-is-no-such-page: x-frame-options" in outcome(server, "site/security-headers").message


def test_the_first_of_two_equal_directives_counts_as_in_browsers() -> None:
    first = "script-src 'unsafe-inline'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; script-src 'self'"

    assert content_policy_problem({"content-security-policy": first}) is not None


@given(st.text(max_size=200))
def test_no_text_in_the_place_of_a_policy_or_a_page_ends_the_check(text: str) -> None:
    content_policy_problem({"content-security-policy": text})
    links_to_pages("https://acinaces.example/", f'<a href="{text}">'.encode())
