"""What items are given: the environment, AWS clients, and what is known about the caller."""

from __future__ import annotations

import threading
from typing import Any

import boto3
import dns.resolver
from botocore.config import Config

from environments import Environment
from ops.aws import session

# Seconds. An item must answer within its limit also when the network swallows packets.
_CONFIG = Config(connect_timeout=4, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 2})

_DNS_S = 6.0


class Surroundings:
    """Shared by the items of one run, which run in threads."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self._session: boto3.Session | None = None
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str, *, region: str | None = None) -> Any:
        """A boto3 client in the environment's region, or in `region`."""
        wanted = (service, region or self.environment.aws.region)
        # Clients may be shared between threads, but not made by several at once.
        with self._lock:
            if wanted not in self._clients:
                self._clients[wanted] = self._opened().client(  # type: ignore[call-overload]
                    service, region_name=wanted[1], config=_CONFIG
                )
            return self._clients[wanted]

    def resolver(self) -> dns.resolver.Resolver:
        """The system's DNS; on loopback, the embedded cloud's."""
        address = self.environment.verification.resolver if self.environment.gate.allow_loopback else None
        resolver = dns.resolver.Resolver(configure=address is None)
        if address is not None:
            host, _, port = address.rpartition(":")
            resolver.nameservers, resolver.port = [host], int(port)
        resolver.lifetime = _DNS_S
        return resolver

    def has_credentials(self) -> bool:
        """Whether boto3 finds any; raises what boto3 raises for a broken profile."""
        with self._lock:
            return self._opened().get_credentials() is not None

    def _opened(self) -> boto3.Session:
        """The session, made when an item first needs AWS: a profile that does not exist raises here."""
        if self._session is None:
            self._session = session(self.environment)
        return self._session

    @property
    def deploy_command(self) -> str:
        """What deploys the environment."""
        name = self.environment.name
        return "make local" if self.environment.gate.allow_loopback else f"make deploy ENV={name}"
