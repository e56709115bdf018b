"""Which addresses a check may reach."""

from __future__ import annotations

import ipaddress

import pytest

from lambda_src.verification.addresses import is_loopback_host, parse_address, refusal, split_host_port


@pytest.mark.parametrize(
    "text", ["93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]
)
def test_public_addresses_pass(text: str) -> None:
    assert refusal(ipaddress.ip_address(text), allow_loopback=False) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("169.254.169.254", "link-local"),
        ("fe80::1", "link-local"),
        ("10.0.0.1", "not a public address"),
        ("172.31.255.255", "not a public address"),
        ("192.168.0.1", "not a public address"),
        ("100.64.0.1", "not a public address"),
        ("fd00:ec2::254", "not a public address"),
        ("0.0.0.0", "not a public address"),  # noqa: S104 - an address to refuse
        ("::", "not a public address"),
        ("224.0.0.1", "not a public address"),
        ("255.255.255.255", "not a public address"),
        ("192.88.99.1", "not a public address"),
        ("fec0::1", "not a public address"),
        ("3fff::1", "not a public address"),
        ("::127.0.0.1", "not a public address"),
        ("64:ff9b:1::a9fe:a9fe", "not a public address"),
        ("::ffff:169.254.169.254", "carries 169.254.169.254"),
        ("::ffff:10.0.0.1", "carries 10.0.0.1"),
        ("2002:7f00:1::", "carries 127.0.0.1"),
        ("64:ff9b::a9fe:a9fe", "carries 169.254.169.254"),
    ],
)
@pytest.mark.parametrize("allow_loopback", [False, True])
def test_what_is_not_public_is_refused_also_where_loopback_is_allowed(
    text: str, told: str, allow_loopback: bool
) -> None:
    assert told in str(refusal(ipaddress.ip_address(text), allow_loopback=allow_loopback))


@pytest.mark.parametrize("text", ["127.0.0.1", "127.8.8.8", "::1"])
def test_loopback_needs_permission(text: str) -> None:
    assert "loopback" in str(refusal(ipaddress.ip_address(text), allow_loopback=False))
    assert refusal(ipaddress.ip_address(text), allow_loopback=True) is None


def test_loopback_inside_ipv6_stays_refused() -> None:
    assert refusal(ipaddress.ip_address("::ffff:127.0.0.1"), allow_loopback=True)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "api.acinaces.localhost", "127.0.0.1", "[::1]"])
def test_loopback_by_name(host: str) -> None:
    assert is_loopback_host(host)


@pytest.mark.parametrize("host", ["localhost.example.com", "notlocalhost", "10.0.0.1", "acinaces.com", ""])
def test_not_loopback_by_name(host: str) -> None:
    assert not is_loopback_host(host)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("API.acinaces.com", ("api.acinaces.com", 443)),
        ("api.acinaces.com:8443", ("api.acinaces.com", 8443)),
        ("[::1]:80", ("::1", 80)),
        ("::1", ("::1", 443)),
        ("[::1]", ("::1", 443)),
    ],
)
def test_host_and_port(text: str, expected: tuple[str, int]) -> None:
    assert split_host_port(text, default_port=443) == expected


@pytest.mark.parametrize("text", ["host:0", "host:65536", "host:http", "host:"])
def test_ports_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="no valid port"):
        split_host_port(text, default_port=443)


def test_names_are_no_addresses() -> None:
    assert parse_address("2130706433") is None
    assert parse_address("fe80::1%eth0") == ipaddress.ip_address("fe80::1")
