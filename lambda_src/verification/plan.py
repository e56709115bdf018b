"""The plan: what a run checks, against which targets, under which policy. Frozen, typed, and JSON both ways.

The same models are used when a template is synthesised (values may still be CDK tokens, which CloudFormation fills
in), in Lambda and on the command line.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, ValidationError, model_validator

from lambda_src.verification.addresses import is_loopback_host, parse_address, refusal, split_host_port
from lambda_src.verification.specs.api import AnyApiCheck, ApiEndpointCheck
from lambda_src.verification.specs.base import CheckSpec, Criticality, Frozen, JsonType, Name, Stage, UrlPath
from lambda_src.verification.specs.data import DataStoreCheck
from lambda_src.verification.specs.dns import AnyDnsCheck
from lambda_src.verification.specs.edge import AnyEdgeCheck
from lambda_src.verification.specs.monitoring import AnyMonitoringCheck
from lambda_src.verification.specs.recovery import RecoveryPointCheck
from lambda_src.verification.specs.security import AnySecurityCheck
from lambda_src.verification.specs.site import SiteAssetsCheck, SiteConfigCheck, SitePageCheck
from lambda_src.verification.specs.smoke import SmokeFlowCheck, SmokeStep
from lambda_src.verification.specs.tls import AnyTlsCheck
from lambda_src.verification.specs.trading import AnyTradingCheck

PLAN_SCHEMA_VERSION: Final = "1"
# Where a value stands that only CloudFormation knows.
PLACEHOLDER: Final = re.compile(r"\{\{value:(\d+)\}\}")

# MISSION's M10: each of these has at least one checked endpoint, or the release is not verified.
M10_CATEGORIES = ("strategies", "templates", "risk-controls", "market-data", "ai-intelligence", "exchange", "audit")

# "name" or "name:port"; without a port: 443.
HostPort = Annotated[str, StringConstraints(min_length=1, max_length=260)]


__all__ = [
    "PLACEHOLDER",
    "AnyCheck",
    "ApiEndpointCheck",
    "CheckSpec",
    "Criticality",
    "HostPort",
    "JsonType",
    "Name",
    "Plan",
    "PlanError",
    "Policy",
    "SiteAssetsCheck",
    "SiteConfigCheck",
    "SitePageCheck",
    "SmokeFlowCheck",
    "SmokeStep",
    "Stage",
    "Targets",
    "UrlPath",
    "describe",
    "filled",
    "is_unresolved",
]


class PlanError(ValueError):
    """A plan that cannot be used; the message is one line that names what is wrong and where."""


class Targets(Frozen):
    """Where checks may go. The hosts of `api_url` and `site_url` are allowed by being there."""

    api_url: str
    site_url: str | None = None
    allowed_hosts: tuple[HostPort, ...] = ()
    # As curl's --connect-to: "name:port" -> "name:port" to connect to; name, TLS and Host header stay the first.
    connect_to: dict[HostPort, HostPort] = Field(default_factory=dict)
    # Plain HTTP and loopback addresses, for hosts that are loopback by name.
    allow_loopback: bool = False
    # "address:port" of the DNS server to ask; None is the system's. A zone can be checked before it is delegated to.
    resolver: HostPort | None = None
    # Certificates (PEM) of authorities that are trusted besides the system's.
    authority_pem: str | None = None
    # host -> the DNS record that should make it resolve, shown when it does not.
    expected_records: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _usable(self) -> Self:
        for field, url in (("api_url", self.api_url), ("site_url", self.site_url)):
            problem = url and not is_unresolved(url) and _url_problem(url, allow_loopback=self.allow_loopback)
            if problem:
                raise ValueError(f"{field} {url!r} {problem}")
        for source, target in self.connect_to.items():
            # aiohttp connects to literal addresses without asking a resolver, so the mapping would be ignored.
            if parse_address(split_host_port(source, default_port=443)[0]) is not None:
                raise ValueError(f"connect_to maps names, and {source!r} is an address")
            if not is_unresolved(target):
                split_host_port(target, default_port=443)
        if self.resolver:
            _check_resolver(self.resolver, allow_loopback=self.allow_loopback)
        if self.authority_pem and (
            "BEGIN CERTIFICATE" not in self.authority_pem or "PRIVATE KEY" in self.authority_pem
        ):
            raise ValueError("authority_pem must hold certificates in PEM, and nothing else")
        return self


class Policy(Frozen):
    """What a check that could not be measured (error) or has no data yet (inconclusive) does to the release."""

    on_error: Literal["fail", "warn"] = "fail"
    on_inconclusive: Literal["fail", "warn"] = "fail"


AnyCheck = Annotated[
    AnyApiCheck
    | AnyEdgeCheck
    | AnySecurityCheck
    | DataStoreCheck
    | AnyMonitoringCheck
    | AnyTradingCheck
    | SmokeFlowCheck
    | SitePageCheck
    | SiteAssetsCheck
    | SiteConfigCheck
    | AnyDnsCheck
    | AnyTlsCheck
    | RecoveryPointCheck,
    Field(discriminator="kind"),
]


class Plan(Frozen):
    """Everything that one run needs. Times in seconds."""

    schema_version: Literal["1"] = PLAN_SCHEMA_VERSION
    environment: Name
    # The gate takes the release id from its own property, because a digest of the release covers this plan.
    release_id: str = "unreleased"
    targets: Targets
    policy: Policy = Policy()
    # How long answers that propagation explains (403, 404, 5xx, refused, unknown name) are retried.
    consistency_window_s: float = Field(default=120, ge=0, le=600)
    # Attempts under way at the same time.
    concurrency: int = Field(default=16, ge=1, le=256)
    total_deadline_s: float = Field(default=560, gt=0, le=900)
    api_key_secret_arn: str | None = None
    # Categories that must have a checked endpoint; a plan without is refused.
    required_categories: tuple[Name, ...] = ()
    checks: tuple[AnyCheck, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        doubled = [name for name, times in Counter(check.name for check in self.checks).items() if times > 1]
        if doubled:
            raise ValueError(f"two checks are called {doubled[0]!r}")
        covered = {check.category for check in self.checks if isinstance(check, ApiEndpointCheck)}
        missing = [category for category in self.required_categories if category not in covered]
        if missing:
            raise ValueError(f"no endpoint is checked for: {', '.join(missing)}")
        for check in self.checks:
            if check.needs_api_key and not self.api_key_secret_arn:
                raise ValueError(f"check {check.name!r} needs api_key_secret_arn")
            if check.needs_site and not self.targets.site_url:
                raise ValueError(f"check {check.name!r} needs targets.site_url")
        return self

    def select(self, *, stage: Stage | None = None, groups: Collection[str] = (), names: Collection[str] = ()) -> Plan:
        """The part of the plan that runs at `stage`, is of `groups` and is called by `names`; empty: all of them.

        Raises PlanError where nothing is left.
        """
        chosen = tuple(
            check
            for check in self.checks
            if (stage is None or stage in check.stages)
            and (not groups or check.group in groups)
            and (not names or check.name in names)
        )
        if not chosen:
            raise PlanError(f"no check is left for stage {stage}, groups {list(groups)}, names {list(names)}")
        # The whole plan was judged for its categories; a part of it need not cover them.
        return self.model_copy(update={"checks": chosen, "required_categories": ()})

    def to_json(self) -> str:
        """The plan as compact JSON with sorted keys: the same plan is always the same text."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Plan:
        """Reads a plan. Raises PlanError, one line, for anything that is not a plan of this schema."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as exc:
            raise PlanError(f"plan refused: {describe(exc)}") from None


def describe(problem: ValidationError) -> str:
    """Pydantic's findings as one line: where, what is wrong, what was given; the first three of them."""
    found = problem.errors(include_url=False, include_context=False)
    lines = []
    for error in found[:3]:
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"]).lstrip(".")
        message = error["msg"].removeprefix("Value error, ")
        given = f", got {error['input']!r:.100}" if isinstance(error["input"], str | int | float) else ""
        lines.append(f"{place}: {message}{given}" if place else message)
    if len(found) > 3:
        lines.append(f"and {len(found) - 3} more")
    return "; ".join(" ".join(line.split()) for line in lines)


def is_unresolved(text: str) -> bool:
    """Whether `text` still holds a CDK token: a value that is known when CloudFormation deploys."""
    return "${Token[" in text


def _check_resolver(resolver: str, *, allow_loopback: bool) -> None:
    """Raises ValueError where the plan's DNS server is not one that a check may ask."""
    address = parse_address(split_host_port(resolver, default_port=53)[0])
    if address is None:
        raise ValueError(f"resolver {resolver!r} must be an IP address, with or without a port")
    reason = refusal(address, allow_loopback=allow_loopback)
    if reason:
        raise ValueError(f"resolver {resolver!r} was refused: {reason}")


def _url_problem(url: str, *, allow_loopback: bool) -> str | None:
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError as exc:
        return f"is not a URL ({exc})"
    if parts.scheme not in ("http", "https") or not host:
        return "is not an https URL"
    if parts.username is not None or parts.query or parts.fragment:
        return "must not carry credentials, a query or a fragment"
    if url.endswith("/"):
        return "must not end with a slash"
    if parts.scheme == "http" and not (allow_loopback and is_loopback_host(host)):
        return "is plain http; https is needed (http only for loopback names where allow_loopback is set)"
    return None


def filled(text: str, values: Sequence[str]) -> str:
    """A plan's text with `{{value:N}}` replaced by the Nth value, as a part of JSON text. Raises PlanError."""

    def value(found: re.Match[str]) -> str:
        try:
            return json.dumps(values[int(found[1])])[1:-1]
        except IndexError:
            raise PlanError(f"the plan names value {found[1]}, and there are {len(values)}") from None

    return PLACEHOLDER.sub(value, text)
