"""Where the edge listens, and what an environment says about it. Nothing heavy is imported: `up` needs this."""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

from environments import Environment
from local.ports import HOST, free_port

AUTHORITY_FILE: Final = "authority.pem"
_CA_FILE = re.compile(r'^ca_file(\s*=\s*)"[^"]*"', re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class EdgePorts:
    """Ports on loopback: DNS by UDP, TLS, and plain HTTP for the redirect."""

    dns: int
    https: int
    http: int

    @classmethod
    def free(cls) -> Self:
        """Three that were free a moment ago."""
        return cls(dns=free_udp_port(), https=free_port(), http=free_port())

    @classmethod
    def declared(cls, environment: Environment) -> Self | None:
        """Those that `[verification]` of the environment names; None if it does not name all three."""
        settings, site = environment.verification, environment.domain.site
        addresses = (settings.resolver, settings.connect_to.get(f"{site}:443"), settings.connect_to.get(f"{site}:80"))
        dns, https, http = (_port(address) for address in addresses)
        return cls(dns=dns, https=https, http=http) if dns and https and http else None

    @classmethod
    def parse(cls, value: object) -> Self | None:
        """Ports read from a file; None if they are none."""
        if not isinstance(value, Mapping) or not all(
            isinstance(value.get(key), int) for key in ("dns", "https", "http")
        ):
            return None
        return cls(dns=value["dns"], https=value["https"], http=value["http"])

    def dump(self) -> dict[str, Any]:
        """For a file."""
        return asdict(self)


def with_edge(text: str, *, declared: EdgePorts, ports: EdgePorts, authority: Path | None) -> str:
    """The text of an environment file with `ports` for the `declared` ones, and with `authority` if one is given."""
    changes = {declared.dns: ports.dns, declared.https: ports.https, declared.http: ports.http}

    def moved(match: re.Match[str]) -> str:
        port = int(match["port"])
        return f'"{HOST}:{changes.get(port, port)}"'

    # One pass: a new port may be the old one of another.
    text = re.sub(rf'"{re.escape(HOST)}:(?P<port>\d+)"', moved, text)
    if authority is None:
        return text
    return _CA_FILE.sub(lambda match: f'ca_file{match[1]}"{authority.as_posix()}"', text)


def free_udp_port() -> int:
    """A UDP port on loopback that was free a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def udp_is_free(port: int) -> bool:
    """Whether UDP `port` can be opened on loopback now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _port(address: str | None) -> int | None:
    """The port of `127.0.0.1:port`; None for anything else: only loopback is the edge's."""
    host, _, port = (address or "").rpartition(":")
    return int(port) if host == HOST and port.isdigit() else None
