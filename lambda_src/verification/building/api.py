"""Checks of the API's endpoints: that they answer, with which shape, and how fast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from lambda_src.verification.specs.api import AnyApiCheck, ApiEndpointCheck, ApiLatencyCheck, CsrfCheck
from lambda_src.verification.specs.base import JsonType

# The shapes that the platform's API promises.
LISTING: Final[dict[str, JsonType]] = {"items": "array", "count": "integer"}
STATUS: Final[dict[str, JsonType]] = {"status": "string"}
HEALTH_PATH: Final = "/health"
CSRF_PATH: Final = "/api/auth/csrf"
# Paths that answer something else than a list.
_SHAPES: Final[Mapping[str, dict[str, JsonType]]] = MappingProxyType(
    {CSRF_PATH: {"csrfToken": "string", "expiresAt": "string"}}
)
# MISSION's M33, below HEALTH_PATH: what stands there where all is well.
_HEALTH: Final[Mapping[str, tuple[dict[str, JsonType], dict[str, str]]]] = MappingProxyType(
    {
        "detailed": (
            {"status": "string", "environment": "string", "database": "object", "dataStores": "array"},
            {"database.status": "healthy"},
        ),
        "ready": (STATUS, {"status": "ready"}),
        "live": (STATUS, {"status": "alive"}),
    }
)


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One GET path that is checked. `public`: called without a key and answering a status instead of a list."""

    function: str
    category: str
    path: str
    critical: bool = True
    public: bool = False


def api_checks(
    *, endpoints: Sequence[Endpoint], max_latency_ms: int, call_timeout_s: float, latency_samples: int = 5
) -> list[AnyApiCheck]:
    """Every endpoint once, the further health paths, the token against forged requests, and every endpoint's latency.

    `max_latency_ms` is the limit of one call and of the 95th percentile of `latency_samples` calls (MISSION's M38).
    """
    checks: list[AnyApiCheck] = [endpoint_check(endpoint, max_latency_ms, call_timeout_s) for endpoint in endpoints]
    paths = {endpoint.path for endpoint in endpoints}
    if HEALTH_PATH in paths:
        checks += [_health_check(name, max_latency_ms, call_timeout_s) for name in _HEALTH]
    if CSRF_PATH in paths:
        checks.append(_csrf_check(call_timeout_s))
    checks += [_latency_check(endpoint, max_latency_ms, latency_samples, call_timeout_s) for endpoint in endpoints]
    return checks


def endpoint_check(endpoint: Endpoint, max_latency_ms: int, timeout_s: float) -> ApiEndpointCheck:
    return ApiEndpointCheck(
        name=f"api/{endpoint.function.lower()}",
        group="api",
        criticality="critical" if endpoint.critical else "advisory",
        remedy=f"GET {endpoint.path} must answer 200 in {max_latency_ms} ms: look into the log and the last errors of "
        f"the function {endpoint.function}.",
        timeout_s=timeout_s,
        category=endpoint.category,
        path=endpoint.path,
        public=endpoint.public,
        required=dict(_SHAPES.get(endpoint.path) or (STATUS if endpoint.public else LISTING)),
        max_latency_ms=max_latency_ms,
    )


def _health_check(name: str, max_latency_ms: int, timeout_s: float) -> ApiEndpointCheck:
    required, expected = _HEALTH[name]
    return ApiEndpointCheck(
        name=f"api/health-{name}",
        group="api",
        remedy=f"GET {HEALTH_PATH}/{name} names the data store that does not answer: look at it, and at the log of the "
        "function health.",
        timeout_s=timeout_s,
        category="health",
        path=f"{HEALTH_PATH}/{name}",
        public=True,
        required=dict(required),
        expected=dict(expected),
        max_latency_ms=max_latency_ms,
    )


def _csrf_check(call_timeout_s: float) -> CsrfCheck:
    return CsrfCheck(
        name="api/csrf-token",
        group="api",
        remedy=f"GET {CSRF_PATH} must give out tokens that only their caller can use: look into the log of the "
        "function auth.",
        timeout_s=min(3 * call_timeout_s, 120),
        path=CSRF_PATH,
        verify_path=f"{CSRF_PATH}/verify",
    )


def _latency_check(endpoint: Endpoint, max_latency_ms: int, samples: int, call_timeout_s: float) -> ApiLatencyCheck:
    return ApiLatencyCheck(
        name=f"performance/{endpoint.function.lower()}",
        group="performance",
        criticality="critical" if endpoint.critical else "advisory",
        remedy=f"GET {endpoint.path} is too slow: look at duration and cold starts of the function {endpoint.function} "
        "on the dashboard, and give it more memory_mb if it is the processor.",
        timeout_s=min(3 * call_timeout_s, 120),
        path=endpoint.path,
        public=endpoint.public,
        samples=samples,
        max_p95_ms=max_latency_ms,
    )
