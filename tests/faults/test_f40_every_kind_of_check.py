"""F40 for every kind of check that follows what a server says: nothing leads it to a private place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lambda_src.verification.building.api import Endpoint, api_checks
from lambda_src.verification.building.edge import edge_checks
from lambda_src.verification.building.security import ApiLimitsOf, RequestLimit, WritableTables, security_checks
from lambda_src.verification.plan import AnyCheck, Plan, Targets
from lambda_src.verification.specs.security import OpenPortsCheck
from lambda_src.verification.verdicts import CheckResult, Verdict
from tests.faults.support.fake_aws import API_KEY, SECRET_ARN
from tests.faults.support.runs import only, run
from tests.faults.support.server import Server, answer, redirect

LIMIT = RequestLimit(rate=5, burst=10)
METADATA = "http://169.254.169.254/latest/meta-data/iam/security-credentials/"
PLACES = [
    METADATA,
    "http://[::ffff:169.254.169.254]/latest/meta-data/",
    "http://2852039166/latest/meta-data/",
    "http://0xa9fea9fe/latest/meta-data/",
    "https://10.0.0.5/",
    "https://attacker.example/",
]
PRIVATE = ["169.254.169.254", "10.1.2.3", "192.168.1.1", "127.0.0.1", "::1", "::ffff:10.0.0.1", "fd00:ec2::254",
           "64:ff9b::a9fe:a9fe"]  # fmt: skip


def every_check() -> list[AnyCheck]:
    """All kinds of these three groups that talk HTTP."""
    endpoints = [
        Endpoint(function="health", category="health", path="/health", public=True),
        Endpoint(function="auth", category="authentication", path="/api/auth/csrf"),
    ]
    tables = WritableTables(templates="t", strategies="s", risk_profiles="r", data_sources="d", providers="p")
    limits = ApiLimitsOf(api_id="api", stage="live", everywhere=LIMIT, limited_path="/api/throttle", limited=LIMIT)
    built: list[AnyCheck] = [
        *api_checks(endpoints=endpoints, max_latency_ms=5000, call_timeout_s=5),
        *edge_checks(
            site_host="localhost", site_url="https://localhost", pages=["/"], distribution_id="E1", cors_path="/api/x"
        ),
        *security_checks(
            endpoints=endpoints, limits=limits, tables=tables, buckets=["b"], vpc_id="vpc-1", hosts={}, call_timeout_s=5
        ),
    ]
    asks_aws = {"distribution", "api_limits", "private_buckets", "open_ingress"}
    return [check for check in built if check.kind not in asks_aws]


def plan(url: str, *checks: AnyCheck, **targets: Any) -> Plan:
    values: dict[str, Any] = {"api_url": url, "site_url": url, "allow_loopback": True, **targets}
    return Plan(
        environment="local",
        targets=Targets(**values),
        consistency_window_s=0,
        total_deadline_s=20,
        api_key_secret_arn=SECRET_ARN,
        checks=checks,
    )


@pytest.fixture
def other() -> Iterator[Server]:
    """A second server, which nobody may be sent to."""
    with Server(default=answer(200, {"status": "ok"})) as running:
        yield running


def outcomes(url: str, *checks: AnyCheck, **targets: Any) -> list[CheckResult]:
    return list(run(plan(url, *checks, **targets)).checks)


@pytest.mark.parametrize("place", PLACES)
def test_a_redirect_to_a_private_place_fails_every_kind(server: Server, place: str) -> None:
    server.default = redirect(place)
    port_80 = {"localhost:80": f"localhost:{server.port}"}

    results = outcomes(server.url, *every_check(), connect_to=port_80)

    assert {result.kind for result in results} >= {
        "api_latency", "csrf", "https_redirect", "cors", "site_navigation", "site_headers", "api_access", "api_burst",
        "hostile_text", "api_headers",
    }  # fmt: skip
    passed = [result.name for result in results if result.verdict != Verdict.FAILED]
    assert passed == []
    # This one looks at the redirect instead of following it; it too went nowhere.
    told = {result.name: result.message for result in results if "refused" not in result.message}
    assert list(told) == ["site/https-redirect"]
    assert "expected https://localhost/" in told["site/https-redirect"]


def test_a_redirect_never_carries_the_key_to_another_port(server: Server, other: Server) -> None:
    server.default = redirect(f"{other.url}/collect")

    results = outcomes(server.url, *every_check(), connect_to={"localhost:80": f"localhost:{server.port}"})

    assert all(result.verdict == Verdict.FAILED for result in results)
    assert other.received == []


def test_plain_http_is_never_sent_the_key(server: Server) -> None:
    server.default = redirect("https://localhost/", 301)
    (check,) = [check for check in every_check() if check.kind == "https_redirect"]

    assert (
        only(run(plan(server.url, check, connect_to={"localhost:80": f"localhost:{server.port}"}))).verdict == "passed"
    )
    assert all(API_KEY not in str(request.headers) for request in server.received)


@pytest.mark.parametrize("host", ["attacker.example", "169.254.169.254", "2852039166", "[::1]"])
def test_port_80_of_another_host_is_not_asked(server: Server, host: str) -> None:
    (check,) = [check for check in every_check() if check.kind == "https_redirect"]

    result = only(run(plan(server.url, check.model_copy(update={"host": host}))))

    assert result.verdict == Verdict.FAILED
    assert "refused: not a target of this plan" in result.message


def test_links_to_private_places_are_not_followed(server: Server, other: Server) -> None:
    links = "".join(f'<a href="{place}">' for place in [*PLACES, f"{other.url}/", "//169.254.169.254/", "file:///etc"])
    server.on("GET", "/", answer(200, links, headers={"Content-Type": "text/html"}))
    (check,) = [check for check in every_check() if check.kind == "site_navigation"]

    assert only(run(plan(server.url, check))).verdict == Verdict.PASSED
    assert [request.path for request in server.received] == ["/"]
    assert other.received == []


def ports_of(host: str) -> OpenPortsCheck:
    return OpenPortsCheck(name="security/open-ports", group="security", remedy="Close it.", host=host)


@pytest.mark.parametrize("address", PRIVATE)
def test_ports_of_a_name_that_leads_to_a_private_address_are_not_tried(address: str) -> None:
    """Nobody scans the network of the function by pointing the site's name into it."""
    checked = plan("https://api.acinaces.example", ports_of("api.acinaces.example"), allow_loopback=False)

    result = only(run(checked, lookup=lambda _host: ["93.184.215.14", address]))

    assert result.verdict == Verdict.FAILED
    assert "api.acinaces.example was refused" in result.message


def test_ports_are_tried_at_the_address_that_was_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: asked once, whatever a second answer would be."""
    asked: list[str] = []
    tried: set[str] = set()

    def rebinding(host: str) -> list[str]:
        asked.append(host)
        return ["93.184.215.14"] if len(asked) == 1 else ["127.0.0.1"]

    async def connect(address: str, _port: int, *, timeout_s: float) -> bool:
        tried.add(address)
        return False

    monkeypatch.setattr("lambda_src.verification.checks.open_ports._connects", connect)

    run(plan("https://api.acinaces.example", ports_of("api.acinaces.example"), allow_loopback=False), lookup=rebinding)

    assert asked == ["api.acinaces.example"]
    assert tried == {"93.184.215.14"}


@pytest.mark.parametrize("host", ["169.254.169.254", "2852039166", "0x7f000001", "[::ffff:127.0.0.1]", "localhost"])
def test_ports_of_other_hosts_are_not_tried(host: str) -> None:
    checked = plan("https://api.acinaces.example", ports_of(host), allow_loopback=False)

    result = only(run(checked))

    assert result.verdict == Verdict.FAILED
    assert "refused" in result.message
