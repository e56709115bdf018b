"""Which network addresses and host names a check may talk to. Pure functions, no network."""

from __future__ import annotations

import ipaddress

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# RFC 6052: IPv4 addresses reachable through NAT64.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Not public, though Python 3.11 says so: site-local addresses (RFC 3879), which some networks still use inside;
# documentation (RFC 9637); the relays of 6to4 (RFC 7526).
_NOT_PUBLIC = tuple(ipaddress.ip_network(text) for text in ("fec0::/10", "3fff::/20", "192.88.99.0/24"))


def parse_address(host: str) -> IPAddress | None:
    """The address that `host` spells literally (brackets allowed), or None where it is a name."""
    try:
        return ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None


def is_loopback_host(host: str) -> bool:
    """Whether `host` means this machine without asking DNS: a loopback literal, `localhost` or below (RFC 6761)."""
    address = parse_address(host)
    if address is not None:
        return address.is_loopback
    name = host.lower().rstrip(".")
    return name == "localhost" or name.endswith(".localhost")


def refusal(address: IPAddress, *, allow_loopback: bool) -> str | None:
    """Why a check must not connect to `address`, or None where it may.

    Only globally routable unicast addresses pass, and loopback where the plan allows it. IPv4 addresses carried
    inside IPv6 ones (mapped, 6to4, Teredo, NAT64) are judged as what they carry.
    """
    for carried in _carried(address):
        reason = refusal(carried, allow_loopback=False)
        if reason:
            return f"{address} carries {reason}"
    if isinstance(address, ipaddress.IPv6Address) and (address.ipv4_mapped or address in _NAT64):
        # Only another spelling of the public IPv4 address that it carries.
        return None
    if address.is_loopback:
        return None if allow_loopback else f"{address} is a loopback address"
    if address.is_link_local:
        return f"{address} is a link-local address (instance metadata lives there)"
    special = address.is_multicast or address.is_unspecified or address.is_reserved or not address.is_global
    if special or any(address in network for network in _NOT_PUBLIC):
        return f"{address} is not a public address"
    return None


def split_host_port(text: str, *, default_port: int) -> tuple[str, int]:
    """`name`, `name:port` or `[v6]:port` as lower-case host and port. Raises ValueError for a port that is none."""
    host, colon, port = text.rpartition(":")
    if not colon or host.endswith(":") or (":" in host and not host.startswith("[")):
        return text.strip("[]").lower(), default_port
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f"{text!r} has no valid port")
    return host.strip("[]").lower(), int(port)


def _carried(address: IPAddress) -> list[ipaddress.IPv4Address]:
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [carried for carried in found if carried is not None]
