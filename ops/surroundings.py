"""What a command that changes a running environment works with: its AWS clients, shared by threads, and names."""

from __future__ import annotations

import getpass
import json
import os
import socket
import threading
from dataclasses import dataclass
from typing import Any, Final

import boto3
from botocore.config import Config

from environments import Environment
from lambda_src.journal import journal_table_name
from ops.aws import explained, refuse_other_account, session

# Aliases and objects under way at the same time: all functions of a release at once. Lambda's control plane answers 15
# calls a second; what it refuses is tried again, more slowly.
AT_ONCE: Final = 64
_CONFIG: Final = Config(
    connect_timeout=5,
    read_timeout=30,
    max_pool_connections=AT_ONCE + 4,
    retries={"mode": "adaptive", "total_max_attempts": 8},
)


@dataclass(frozen=True, kw_only=True)
class SiteNames:
    """Where the site is."""

    bucket: str
    distribution_id: str


class Surroundings:
    """One environment, as one command sees it."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.name = environment.name
        self.table = journal_table_name(environment.name)
        self.release_stack = f"Acinaces-{environment.name}-Release"
        self._session: boto3.Session | None = None
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str, *, region: str | None = None) -> Any:
        """A boto3 client in the environment's region, or in `region`."""
        wanted = (service, region or self.environment.aws.region)
        # Clients may be shared between threads, but not made by several at once.
        with self._lock:
            if wanted not in self._clients:
                self._session = self._session or session(self.environment)
                self._clients[wanted] = self._session.client(  # type: ignore[call-overload]
                    service, region_name=wanted[1], config=_CONFIG
                )
            return self._clients[wanted]

    def caller(self) -> str:
        """Who this is, for people: the person's name here and the role in AWS.

        Raises:
            OperatorError: not signed in, or to another account than the environment's (exit code 5).
        """
        with explained(self.environment, "asking AWS who you are"):
            identity = self.client("sts").get_caller_identity()
        refuse_other_account(self.environment, identity["Account"])
        return f"{_person()} ({str(identity['Arn']).rpartition(':')[2]})"

    def site(self) -> SiteNames:
        """The site's bucket and distribution, as the release wrote them down."""
        name = f"/acinaces/{self.name}/manifest/platform"
        with explained(self.environment, f"reading {name}"):
            values = json.loads(self.client("ssm").get_parameter(Name=name)["Parameter"]["Value"])
        return SiteNames(
            bucket=values["frontend_assets_bucket_id"], distribution_id=values["cloudfront_distribution_id"]
        )


def place() -> str:
    """This process, unlike any other that runs."""
    return f"{socket.gethostname()}/{os.getpid()}"


def _person() -> str:
    try:
        return getpass.getuser()
    # Nobody by name: a container's bare user id.
    except (KeyError, OSError):
        return f"user {os.getuid()}"
