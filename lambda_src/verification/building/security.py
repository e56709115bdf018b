"""Checks of who is let in, how much, and what is done with hostile text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from lambda_src.verification.building.api import Endpoint
from lambda_src.verification.specs.security import (
    AnySecurityCheck,
    ApiAccessCheck,
    ApiHeadersCheck,
    ApiLimitsCheck,
    BurstCheck,
    HostileTextCheck,
    HostileTextParent,
    OpenIngressCheck,
    OpenPortsCheck,
    PrivateBucketsCheck,
)

# How much more than its burst is sent to a limited path: on AWS limits are kept approximately, not to the request.
_BURST_FACTOR: Final = 20
_BURST_AT_ONCE: Final = 12


@dataclass(frozen=True, kw_only=True)
class RequestLimit:
    """What API Gateway lets through: requests a second, and at once."""

    rate: float
    burst: int


@dataclass(frozen=True, kw_only=True)
class ApiLimitsOf:
    """The stage that is checked. `limited_path` has a limit of its own, which a small burst exceeds."""

    api_id: str
    stage: str
    everywhere: RequestLimit
    limited_path: str
    limited: RequestLimit


@dataclass(frozen=True, kw_only=True)
class WritableTables:
    """Names of the tables that hostile texts are sent to, for removing by key."""

    templates: str
    strategies: str
    risk_profiles: str
    data_sources: str
    providers: str


@dataclass(frozen=True, kw_only=True)
class _Resource:
    path: str
    id_field: str
    fields: tuple[str, ...]
    # What an ordinary body has besides the name.
    body: Mapping[str, Any] = field(default_factory=dict)
    has_template: bool = False


# Each text that a caller may send; a test compares them with the models of the handlers.
RESOURCES: Final[Mapping[str, _Resource]] = {
    "templates": _Resource(
        path="/api/templates",
        id_field="templateId",
        fields=("name", "description", "parameters.note", "templateId"),
        body={"parameters": {"note": "none"}},
    ),
    "strategies": _Resource(
        path="/api/strategies",
        id_field="strategyId",
        fields=("name", "description", "parameters.note", "templateId", "strategyId"),
        body={"parameters": {"note": "none"}, "templateId": "{parent}"},
        has_template=True,
    ),
    "risk_profiles": _Resource(
        path="/api/risk-profiles",
        id_field="profileId",
        fields=("name", "description", "profileId"),
        body={"maxDrawdown": 0.1, "maxPositionSize": 1000},
    ),
    "data_sources": _Resource(
        path="/api/data-sources",
        id_field="dataSourceId",
        fields=("name", "description", "kind", "url", "dataSourceId"),
        body={"kind": "news", "url": "https://news.example/feed"},
    ),
    "providers": _Resource(
        path="/api/providers",
        id_field="providerId",
        fields=("name", "description", "kind", "providerId"),
        body={"kind": "ai"},
    ),
}


def security_checks(
    *,
    endpoints: Sequence[Endpoint],
    limits: ApiLimitsOf,
    tables: WritableTables,
    buckets: Sequence[str],
    vpc_id: str,
    hosts: Mapping[str, str | None],
    call_timeout_s: float = 10,
) -> list[AnySecurityCheck]:
    """`hosts` are names whose ports are tried, or the reason why those of a name are not: name -> reason or None."""
    closed = tuple(endpoint.path for endpoint in endpoints if not endpoint.public)
    return [
        *(_access_check(key, closed) for key in ("missing", "wrong")),
        _burst_check(limits),
        _limits_check(limits),
        *(_hostile_text_check(name, tables, call_timeout_s) for name in RESOURCES),
        ApiHeadersCheck(
            name="security/api-headers",
            group="security",
            remedy="The message names answer and header: lambda_src/platform_common/api.py sets those of functions, "
            "the gateway responses in constructs/platform_api.py those of refusals.",
            timeout_s=30,
            paths=closed[:3],
        ),
        PrivateBucketsCheck(
            name="security/private-buckets",
            group="security",
            remedy="Block it at once: aws s3api put-public-access-block --bucket BUCKET --public-access-block-"
            "configuration "
            "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true",
            buckets=tuple(buckets),
        ),
        OpenIngressCheck(
            name="security/open-ingress",
            group="security",
            remedy="Remove the rule that the message names: aws ec2 revoke-security-group-ingress. The stacks open "
            "nothing to everybody.",
            vpc_id=vpc_id,
        ),
        *(_ports_check(host, reason) for host, reason in hosts.items()),
    ]


def _access_check(key: Literal["missing", "wrong"], paths: tuple[str, ...]) -> ApiAccessCheck:
    return ApiAccessCheck(
        name=f"security/{key}-key",
        group="security",
        remedy="A path answers without the API key: its method must have api_key_required, and the stage be deployed "
        "since. Release again.",
        key=key,
        paths=paths,
    )


def _burst_check(limits: ApiLimitsOf) -> BurstCheck:
    requests = min(limits.limited.burst * _BURST_FACTOR, 500)
    return BurstCheck(
        name="security/burst",
        group="security",
        remedy=f"Throttling does not work: compare the limits of stage {limits.stage} with the environment's, and "
        "release again.",
        timeout_s=60,
        path=limits.limited_path,
        requests=requests,
        concurrency=min(_BURST_AT_ONCE, requests),
    )


def _limits_check(limits: ApiLimitsOf) -> ApiLimitsCheck:
    return ApiLimitsCheck(
        name="security/api-limits",
        group="security",
        remedy="The stage was changed by hand, or not deployed: release again.",
        api_id=limits.api_id,
        stage=limits.stage,
        limits={
            "*/*": (limits.everywhere.rate, limits.everywhere.burst),
            f"{limits.limited_path}/GET": (limits.limited.rate, limits.limited.burst),
        },
    )


def _hostile_text_check(name: str, tables: WritableTables, call_timeout_s: float) -> HostileTextCheck:
    resource = RESOURCES[name]
    described = {"name": "Verification of hostile text", "description": "Created and removed by a check."}
    parent = HostileTextParent(
        path=RESOURCES["templates"].path, id_field=RESOURCES["templates"].id_field, table=tables.templates,
        body=described,
    )  # fmt: skip
    return HostileTextCheck(
        name=f"security/hostile-text-{name.replace('_', '-')}",
        group="security",
        remedy=f"POST {resource.path} does something with a text that it should only keep: the message names field and "
        "text. Mend the model of its handler.",
        timeout_s=min(12 * call_timeout_s, 120),
        call_timeout_s=call_timeout_s,
        path=resource.path,
        id_field=resource.id_field,
        table=getattr(tables, name),
        body={**described, **resource.body},
        fields=resource.fields,
        parent=parent if resource.has_template else None,
    )


def _ports_check(host: str, reason: str | None) -> OpenPortsCheck:
    return OpenPortsCheck(
        name=f"security/open-ports-{host.lower()}",
        group="security",
        remedy=f"Something listens on {host} that should not: find it, close it, and look at the security group.",
        host=host,
        skip_reason=reason,
    )
