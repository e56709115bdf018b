"""Health: basic, detailed, ready and live. The only function without an API key."""

from __future__ import annotations

import os
from http import HTTPStatus
from typing import Any

from lambda_src.platform_common import probes, services
from lambda_src.platform_common.api import Api, Reply, reply
from lambda_src.platform_common.clock import iso
from lambda_src.platform_common.probes import Finding
from lambda_src.platform_common.problems import Problem

FUNCTION = {
    "category": "health",
    "route": "/health",
    "check": "/health",
    "critical": True,
    "public": True,
    "tables": {
        "templates": "get",
        "strategies": "get",
        "risk-profiles": "get",
        "data-sources": "get",
        "providers": "get",
        "orders": "get",
        "audit": "get",
    },
    "redis": True,
    "secrets": [],
    "publishes": False,
    "workflows": [],
    "timestream": True,
    "memory_mb": None,
    "timeout_s": 10,
}

api = Api()


@api.route("GET", "/health")
def basic() -> Reply:
    """The function answers; no data store is asked."""
    document = {
        "status": "ok",
        "environment": os.environ.get("ENVIRONMENT", "unknown"),
        "functionVersion": api.call.function_version,
    }
    return reply(200, document)


@api.route("GET", "/health/live")
def live() -> Reply:
    """The process runs."""
    return reply(200, {"status": "alive"})


@api.route("GET", "/health/ready")
def ready() -> Reply:
    """Requests can be served: every table answers; without Redis the platform still works."""
    silent = [finding for finding in probes.tables(services.current()) if not finding.healthy]
    if silent:
        errors = [{"field": finding.name, "message": finding.reason or "no answer"} for finding in silent]
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "not-ready", "A table does not answer.", errors=errors)
    return reply(200, {"status": "ready"})


@api.route("GET", "/health/detailed")
def detailed() -> Reply:
    """Every data store as this function sees it. Always 200: `status` says healthy or degraded."""
    own = services.current()
    findings = probes.everything(own)
    document = {
        "status": _status(findings, degraded="degraded"),
        "environment": own.settings.environment,
        "functionVersion": api.call.function_version,
        "checkedAt": iso(own.clock.now()),
        "database": {"status": _status([finding for finding in findings if finding.kind == "dynamodb"])},
        "dataStores": [finding.document() for finding in findings],
    }
    return reply(200, document)


def _status(findings: list[Finding], *, degraded: str = "unhealthy") -> str:
    return "healthy" if all(finding.healthy for finding in findings) else degraded


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answers one API Gateway proxy event."""
    return api.resolve(event, context)
