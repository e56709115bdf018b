"""Asking each data store whether it answers, as this function sees it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from lambda_src.platform_common import aws
from lambda_src.platform_common.aws import AwsError
from lambda_src.platform_common.cache import CacheUnavailable
from lambda_src.platform_common.services import Services
from lambda_src.platform_common.store import KEYS, TableName

# The key of a row that never exists: an answer is an answer.
PROBE_KEY = "health-probe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One data store: `latency_ms` is the time to its answer, or to giving up; `reason` is an error's kind."""

    name: str
    kind: str
    healthy: bool
    latency_ms: float
    reason: str | None = None

    def document(self) -> dict[str, Any]:
        """As the API shows it."""
        document: dict[str, Any] = {
            "name": self.name,
            "kind": self.kind,
            "status": "healthy" if self.healthy else "unhealthy",
            "latencyMs": self.latency_ms,
        }
        return document | ({"reason": self.reason} if self.reason else {})


def tables(services: Services) -> list[Finding]:
    """Every DynamoDB table, at the same time."""
    services.store.connect()
    return _at_once([_table(services, table) for table in KEYS])


def everything(services: Services) -> list[Finding]:
    """Every table, Redis, and Timestream where it is configured, at the same time."""
    services.store.connect()
    probes = [_table(services, table) for table in KEYS]
    probes.append(lambda: _measured("redis", "redis", services.cache.ping))
    database = services.settings.timestream_database
    if database:
        probes.append(lambda: _measured(database, "timestream", lambda: _describe(database)))
    return _at_once(probes)


def _table(services: Services, table: TableName) -> Callable[[], Finding]:
    key = dict.fromkeys(KEYS[table], PROBE_KEY)
    return lambda: _measured(table, "dynamodb", lambda: services.store.get(table, key))


def _describe(database: str) -> None:
    aws.call("timestream-write", "describe_database", DatabaseName=database)


def _measured(name: str, kind: str, ask: Callable[[], Any]) -> Finding:
    started = time.perf_counter()
    reason = None
    try:
        ask()
    except AwsError as error:
        reason = error.code
    except CacheUnavailable as error:
        reason = str(error)
    latency_ms = round((time.perf_counter() - started) * 1000, 1)
    return Finding(name=name, kind=kind, healthy=reason is None, latency_ms=latency_ms, reason=reason)


def _at_once(probes: Sequence[Callable[[], Finding]]) -> list[Finding]:
    with ThreadPoolExecutor(max_workers=len(probes)) as pool:
        return list(pool.map(lambda probe: probe(), probes))
