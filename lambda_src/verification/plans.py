"""Builders of plans: what a release is checked for. Called at synthesis, where strings may still be CDK tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, Protocol
from urllib.parse import urlsplit

from pydantic import ValidationError

from lambda_src.verification.building.api import LISTING, STATUS, Endpoint, api_checks
from lambda_src.verification.building.site import site_checks
from lambda_src.verification.building.smoke import SmokeTables, smoke_check
from lambda_src.verification.plan import (
    M10_CATEGORIES,
    AnyCheck,
    Plan,
    PlanError,
    Policy,
    Targets,
    describe,
    is_unresolved,
)

__all__ = [
    "LISTING",
    "STATUS",
    "Endpoint",
    "GatePolicy",
    "SmokeTables",
    "call_timeout_s",
    "release_plan",
    "smoke_check",
]

# Seconds of Lambda's time kept for cleaning up, storing the report and answering.
ANSWER_RESERVE_S: Final = 20


class GatePolicy(Protocol):
    """The environment's `[gate]` section, by shape. Seconds and milliseconds."""

    @property
    def consistency_window_s(self) -> int: ...
    @property
    def timeout_s(self) -> int: ...
    @property
    def concurrency(self) -> int: ...
    @property
    def max_latency_ms(self) -> int: ...
    @property
    def on_error(self) -> Literal["fail", "warn"]: ...
    @property
    def on_inconclusive(self) -> Literal["fail", "warn"]: ...
    @property
    def allow_loopback(self) -> bool: ...


def release_plan(
    *,
    environment: str,
    api_url: str,
    site_url: str,
    endpoints: Sequence[Endpoint],
    build_id: str | None,
    smoke_tables: SmokeTables,
    api_key_secret_arn: str,
    policy: GatePolicy,
    site_pages: Sequence[str] = ("/",),
    site_config: Mapping[str, str] | None = None,
    extra_assets: Sequence[str] = (),
    connect_to: Mapping[str, str] | None = None,
    resolver: str | None = None,
    authority_pem: str | None = None,
    allowed_hosts: Sequence[str] = (),
    further: Sequence[AnyCheck] = (),
    release_id: str = "unreleased",
) -> Plan:
    """The plan that the gate of a release runs.

    Every category of M10 must have an endpoint. `site_config` are the keys and values that the site's config.json
    must have; environment and API address by default. Raises PlanError, one line, for anything inconsistent.
    """
    config = site_config or {"NEXT_PUBLIC_ENVIRONMENT": environment, "NEXT_PUBLIC_API_URL": api_url}
    timeout_s = call_timeout_s(policy)
    try:
        return Plan(
            environment=environment,
            release_id=release_id,
            targets=Targets(
                api_url=api_url,
                site_url=site_url,
                connect_to=dict(connect_to or {}),
                resolver=resolver,
                authority_pem=authority_pem,
                allowed_hosts=tuple(allowed_hosts),
                allow_loopback=policy.allow_loopback,
                expected_records=_expected_records(api_url=api_url, site_url=site_url),
            ),
            policy=Policy(on_error=policy.on_error, on_inconclusive=policy.on_inconclusive),
            consistency_window_s=policy.consistency_window_s,
            concurrency=policy.concurrency,
            total_deadline_s=max(policy.timeout_s - ANSWER_RESERVE_S, 1),
            api_key_secret_arn=api_key_secret_arn,
            required_categories=M10_CATEGORIES,
            checks=(
                *api_checks(endpoints=endpoints, max_latency_ms=policy.max_latency_ms, call_timeout_s=timeout_s),
                smoke_check(smoke_tables, call_timeout_s=timeout_s),
                *site_checks(site_pages, build_id, config, extra_assets),
                *further,
            ),
        )
    except ValidationError as exc:
        raise PlanError(f"plan of {environment} refused: {describe(exc)}") from None


def call_timeout_s(policy: GatePolicy) -> float:
    """Seconds that one call of the API may take: more than the latency that is judged, so that it can be."""
    return min(max(10.0, policy.max_latency_ms / 1000 + 5), 30.0)


def _expected_records(*, api_url: str, site_url: str) -> dict[str, str]:
    records = {
        api_url: "A (alias to the API's custom domain name)",
        site_url: "A and AAAA (alias to the CloudFront distribution)",
    }
    return {
        str(urlsplit(url).hostname): f"{record} for {urlsplit(url).hostname} in its hosted zone"
        for url, record in records.items()
        # A token's host is known when CloudFormation deploys; a broken URL is refused by Targets, with its name.
        if not is_unresolved(url) and url.startswith(("http://", "https://")) and _has_host(url)
    }


def _has_host(url: str) -> bool:
    try:
        return bool(urlsplit(url).hostname)
    except ValueError:
        return False
