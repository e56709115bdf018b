"""F6 for the checks of names: retried while DNS propagates, then an error with the expected record."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import dns.rcode
import pytest

from lambda_src.verification.dns_queries import ServerLookup
from lambda_src.verification.specs.dns import DnsResolutionCheck
from lambda_src.verification.verdicts import CheckResult, Verdict
from local.edge.settings import free_udp_port
from tests.faults.support.runs import endpoint, only, plan_of, run
from tests.faults.support.server import Server, answer
from tests.support.names import NameServer

HOST = "site.acinaces.example"
EXPECTED = {HOST: f"A and AAAA (alias to the CloudFront distribution) for {HOST} in its hosted zone"}


@pytest.fixture
def names() -> Iterator[NameServer]:
    with NameServer() as server:
        yield server


def resolve(resolver: str, *, window_s: float = 0.3, **changes: Any) -> CheckResult:
    """Runs the check of HOST against a DNS server."""
    values: dict[str, Any] = {"name": "dns/resolution", "group": "dns", "host": HOST, "remedy": "Look.", "timeout_s": 2}
    check: Any = DnsResolutionCheck(**(values | changes))
    targets = {"resolver": resolver, "expected_records": EXPECTED}
    return only(run(plan_of("http://localhost:1", check, targets=targets, consistency_window_s=window_s)))


def test_f06_a_name_that_resolves_passes(names: NameServer) -> None:
    names.has(HOST, "127.0.0.1")
    names.has(HOST, "::1", kind="AAAA")

    result = resolve(names.address, record_types=("A", "AAAA"))

    assert result.verdict == Verdict.PASSED, result.message
    assert result.evidence == {"resolver": names.address, "A": ["127.0.0.1"], "AAAA": ["::1"]}


def test_f06_a_name_behind_another_name_passes(names: NameServer) -> None:
    names.has(HOST, "d1.example.", kind="CNAME")
    names.has("d1.example", "127.0.0.1")

    assert resolve(names.address).verdict == Verdict.PASSED


def test_f06_nxdomain_is_retried_and_then_an_error_with_the_expected_record(names: NameServer) -> None:
    result = resolve(names.address)

    assert result.verdict == Verdict.ERROR, "nothing could be measured"
    assert result.attempts >= 2
    assert "answers NXDOMAIN" in result.message
    assert f"expected record: {EXPECTED[HOST]}" in result.message


def test_f06_a_missing_type_is_named(names: NameServer) -> None:
    names.has(HOST, "127.0.0.1")

    result = resolve(names.address, record_types=("A", "AAAA"))

    assert result.verdict == Verdict.ERROR
    assert f"{HOST} has no AAAA address: {names.address} has no record of this type" in result.message


def test_f06_a_name_that_appears_inside_the_window_passes(names: NameServer) -> None:
    names.before_answer = lambda number: names.has(HOST, "127.0.0.1") if number == 3 else None

    result = resolve(names.address, window_s=10)

    assert result.verdict == Verdict.PASSED, result.message
    assert result.attempts == 3


@pytest.mark.parametrize("code", [dns.rcode.SERVFAIL, dns.rcode.REFUSED])
def test_f06_a_server_that_cannot_answer_is_an_error(names: NameServer, code: dns.rcode.Rcode) -> None:
    names.failing = code

    result = resolve(names.address)

    assert result.verdict == Verdict.ERROR
    assert f"could not answer: {code.name}" in result.message


def test_f06_a_server_that_is_silent_is_an_error_inside_the_checks_time() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))

        result = resolve(f"127.0.0.1:{silent.getsockname()[1]}", window_s=0, timeout_s=0.5)

    assert result.verdict == Verdict.ERROR
    assert "did not answer in time" in result.message
    assert result.duration_ms < 1000


def test_f06_nobody_at_the_servers_port_is_an_error() -> None:
    result = resolve(f"127.0.0.1:{free_udp_port()}", window_s=0, timeout_s=0.5)

    assert result.verdict == Verdict.ERROR


@pytest.mark.parametrize("address", ["10.1.2.3", "169.254.169.254"])
def test_f06_an_address_that_the_public_cannot_reach_fails(names: NameServer, address: str) -> None:
    names.has(HOST, address)

    result = resolve(names.address)

    assert result.verdict == Verdict.FAILED
    assert f"resolves to what the public cannot reach: {address}" in result.message


def test_f06_every_check_of_a_run_asks_the_plans_resolver(names: NameServer, server: Server) -> None:
    """A zone that nobody delegates to yet is checked as if it were: no other name server is asked."""
    server.default = answer(200, {"status": "ok"})
    names.has("target.acinaces.example", "127.0.0.1")
    source = f"api.localhost:{server.port}"
    plan = plan_of(
        f"http://{source}",
        endpoint(),
        targets={"resolver": names.address, "connect_to": {source: f"target.acinaces.example:{server.port}"}},
    )

    result = only(run(plan))

    assert result.verdict == Verdict.PASSED, result.message
    assert names.asked >= 1


def test_f06_the_look_up_of_one_server_fails_as_the_systems_does(names: NameServer) -> None:
    with pytest.raises(socket.gaierror, match="NXDOMAIN"):
        ServerLookup(names.address)(HOST)


@pytest.mark.parametrize(
    ("resolver", "told"),
    [
        ("ns-1.example:53", "must be an IP address"),
        ("10.0.0.2:53", "not a public address"),
        ("169.254.169.253", "link-local"),
        ("127.0.0.1:99999", "no valid port"),
    ],
)
def test_f40_a_plan_may_not_ask_any_server(resolver: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        plan_of("http://localhost:1", targets={"resolver": resolver})
