"""Endpoints of the API."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lambda_src.verification.specs.base import OUTSIDE_RELEASES, CheckSpec, JsonType, Name, Stage, UrlPath


class ApiEndpointCheck(CheckSpec):
    """GET one path of the API: status, JSON shape and latency."""

    kind: Literal["api_endpoint"] = "api_endpoint"
    category: Name
    path: UrlPath
    # True: called without `x-api-key`.
    public: bool = False
    expected_status: int = Field(default=200, ge=100, le=599)
    # Top-level key -> JSON type that the answer must have.
    required: dict[str, JsonType] = Field(default_factory=dict)
    # "database.status" -> the text that must stand there.
    expected: dict[str, str] = Field(default_factory=dict)
    # Milliseconds, connection set-up included.
    max_latency_ms: int = Field(default=1000, ge=1)

    @property
    def needs_api_key(self) -> bool:
        return not self.public


class ApiLatencyCheck(CheckSpec):
    """GET one path several times, one after the other: the 95th percentile is within the limit."""

    kind: Literal["api_latency"] = "api_latency"
    # Beside releases: right after one, this would measure how many cold starts meet. Its single calls have a limit too.
    stages: tuple[Stage, ...] = Field(default=OUTSIDE_RELEASES, min_length=1)
    path: UrlPath
    public: bool = False
    # Calls that are measured, and those before that are not: a new version starts cold.
    samples: int = Field(default=5, ge=2, le=100)
    warm_up: int = Field(default=1, ge=0, le=10)
    # Milliseconds, connection set-up included; MISSION's M38.
    max_p95_ms: int = Field(default=1000, ge=1)
    timeout_s: float = Field(default=60, gt=0, le=120)

    @property
    def needs_api_key(self) -> bool:
        return not self.public


class CsrfCheck(CheckSpec):
    """A token against forged requests is given out, accepted when sent twice, and refused in every other way."""

    kind: Literal["csrf"] = "csrf"
    path: UrlPath = "/api/auth/csrf"
    verify_path: UrlPath = "/api/auth/csrf/verify"
    timeout_s: float = Field(default=30, gt=0, le=120)

    @property
    def needs_api_key(self) -> bool:
        return True


AnyApiCheck = ApiEndpointCheck | ApiLatencyCheck | CsrfCheck
