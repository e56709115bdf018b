"""What the account allows, what it has used of it, and what the stacks that are not there yet will take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError

from environments.sections import EDGE_REGION
from ops.doctor.findings import Finding, Undetermined, failed, passed, warned
from ops.doctor.stacks import stacks_of
from ops.doctor.surroundings import Surroundings

# AWS keeps this many unreserved; a reservation that would leave fewer is refused.
_UNRESERVED = 100
# A new account has ten. A page that calls several functions at once meets "TooManyRequestsException" below this.
_TOO_FEW = 50
_NEARLY = 0.8
# Service Quotas' code of "Concurrent executions".
_CONCURRENCY = "L-B99A9384"
_HANDLERS: Final = Path(__file__).resolve().parents[2] / "lambda_src" / "handlers"


@dataclass(frozen=True, kw_only=True)
class Quota:
    """One quota by Service Quotas' codes. `used` counts; `needed`: what a new `stack` takes; None is the home region.

    `per` names what the quota is counted by, where that is not the region.
    """

    title: str
    service: str
    code: str
    stack: str
    used: Callable[[Surroundings, str], int]
    needed: Callable[[Surroundings], int] = lambda _around: 1
    region: str | None = None


def _count(service: str, operation: str, key: str, **parameters: Any) -> Callable[[Surroundings, str], int]:
    """How many things all pages of a listing have."""

    def count(around: Surroundings, region: str) -> int:
        pages = around.client(service, region=region).get_paginator(operation).paginate(**parameters)
        found = 0
        for page in pages:
            for part in key.split("."):
                page = page.get(part, {})
            found += len(page or ())
        return found

    return count


def _fullest_zone(around: Surroundings, region: str) -> int:
    """NAT gateways in the zone that has the most."""
    client, here = around.client("ec2", region=region), {"pending", "available", "deleting"}
    subnets = [item for page in client.get_paginator("describe_subnets").paginate() for item in page["Subnets"]]
    zones = {subnet["SubnetId"]: subnet["AvailabilityZone"] for subnet in subnets}
    gateways = client.get_paginator("describe_nat_gateways").paginate()
    found = [
        zones.get(gateway["SubnetId"], "")
        for page in gateways
        for gateway in page["NatGateways"]
        if gateway["State"] in here
    ]
    return max((found.count(zone) for zone in set(found)), default=0)


def _addresses(around: Surroundings, region: str) -> int:
    return len(around.client("ec2", region=region).describe_addresses()["Addresses"])


def _gateways(around: Surroundings) -> int:
    return around.environment.network.nat_gateways


def _new_zones(around: Surroundings) -> int:
    return 0 if around.environment.domain.zone_id else 1


_CERTIFICATES: Final = _count("acm", "list_certificates", "CertificateSummaryList")
QUOTAS: Final = (
    Quota(
        title="VPCs",
        service="vpc",
        code="L-F678F1CE",
        stack="Network",
        used=_count("ec2", "describe_vpcs", "Vpcs"),
    ),
    Quota(
        title="Elastic IP addresses",
        service="ec2",
        code="L-0263D0A3",
        stack="Network",
        used=_addresses,
        needed=_gateways,
    ),
    Quota(
        title="NAT gateways of one zone",
        service="vpc",
        code="L-FE5A380F",
        stack="Network",
        used=_fullest_zone,
        needed=lambda around: -(-_gateways(around) // len(around.environment.aws.availability_zones)),
    ),
    Quota(
        title="hosted zones",
        service="route53",
        code="L-4EA4796A",
        stack="Network",
        region=EDGE_REGION,
        used=_count("route53", "list_hosted_zones", "HostedZones"),
        needed=_new_zones,
    ),
    Quota(title="certificates", service="acm", code="L-F141DD1D", stack="Network", used=_CERTIFICATES),
    Quota(title="certificates", service="acm", code="L-F141DD1D", stack="Edge", region=EDGE_REGION, used=_CERTIFICATES),
    Quota(
        title="CloudFront distributions",
        service="cloudfront",
        code="L-24B04930",
        stack="Release",
        region=EDGE_REGION,
        used=_count("cloudfront", "list_distributions", "DistributionList.Items"),
    ),
    Quota(
        title="API Gateway's domain names",
        service="apigateway",
        code="L-A93447B8",
        stack="Release",
        used=_count("apigateway", "get_domain_names", "items"),
    ),
    Quota(
        title="stacks",
        service="cloudformation",
        code="L-0485CB21",
        stack="Release",
        used=_count("cloudformation", "describe_stacks", "Stacks"),
        # Network, Data, Secrets, Release, Operations.
        needed=lambda around: 5 - len([stack for stack in stacks_of(around) if stack.region != EDGE_REGION]),
    ),
)


def quotas(around: Surroundings) -> list[Finding]:
    """Each quota that the next deployment takes something of; those of stacks that are there already are met."""
    names = {stack.name for stack in stacks_of(around)}
    prefix = f"Acinaces-{around.environment.name}-"
    wanted = [quota for quota in QUOTAS if f"{prefix}{quota.stack}" not in names]
    findings = [_judge(around, quota) for quota in wanted]
    short = [finding for finding in findings if finding.fix]
    return short or [passed("quotas", f"{len(findings)} quotas leave room for what is not there yet")]


def lambda_concurrency(around: Surroundings) -> Finding:
    """The account's limit against the last day's highest use; new accounts begin with as few as ten."""
    region = around.environment.aws.region
    limits = around.client("lambda").get_account_settings()["AccountLimit"]
    limit, unreserved = limits["ConcurrentExecutions"], limits["UnreservedConcurrentExecutions"]
    now = datetime.now(UTC)
    points = around.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="ConcurrentExecutions",
        StartTime=now - timedelta(days=1),
        EndTime=now,
        Period=3600,
        Statistics=["Maximum"],
    )["Datapoints"]
    # CloudWatch has no points where nothing ran.
    used = round(max((point["Maximum"] for point in points), default=0))
    name, message = "lambda concurrency", f"at most {used} of {limit} in the last day, {unreserved} unreserved"
    fix = _increase("lambda", _CONCURRENCY, max(2 * limit, 1000), region)
    needed = _to_reserve(around)
    if needed and unreserved < _UNRESERVED + needed:
        return failed(name, f"{message}: too few to reserve {needed} and leave {_UNRESERVED}, as AWS demands", fix)
    if limit < _TOO_FEW:
        return warned(name, f"{message}: a new account's limit, which one page of the site can exhaust", fix)
    return warned(name, message, fix) if used >= _NEARLY * limit or limit < _UNRESERVED else passed(name, message)


def _to_reserve(around: Surroundings) -> int:
    """What the environment's functions reserve and have not yet."""
    each = around.environment.functions.reserved_concurrency
    if not each:
        return 0
    release = f"Acinaces-{around.environment.name}-Release"
    if any(stack.name == release and not stack.status.startswith("ROLLBACK") for stack in stacks_of(around)):
        return 0
    return each * len(list(_HANDLERS.glob("[a-z]*.py")))


def _judge(around: Surroundings, quota: Quota) -> Finding:
    region = quota.region or around.environment.aws.region
    used, needed = quota.used(around, region), quota.needed(around)
    limit = _limit(around, quota, region)
    name, message = f"quota {quota.title}", f"{used} of {limit} in {region}, and {needed} more are needed"
    if used + needed <= limit:
        return passed(name, message)
    fix = _increase(quota.service, quota.code, max(2 * limit, used + needed), region)
    return failed(name, f"{message}: the {quota.stack} stack could not be created", fix)


def _limit(around: Surroundings, quota: Quota, region: str) -> int:
    """The account's own value; AWS's default where the account has none."""
    client, missing = around.client("service-quotas", region=region), "NoSuchResourceException"
    for ask in (client.get_service_quota, client.get_aws_default_service_quota):
        try:
            return int(ask(ServiceCode=quota.service, QuotaCode=quota.code)["Quota"]["Value"])
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != missing:
                raise
    look = f"aws service-quotas list-service-quotas --service-code {quota.service} --region {region}"
    raise Undetermined(f"Service Quotas does not know {quota.title} ({quota.service} {quota.code})", fix=look)


def _increase(service: str, code: str, desired: int, region: str) -> str:
    return (
        f"aws service-quotas request-service-quota-increase --service-code {service} --quota-code {code} "
        f"--desired-value {desired} --region {region}"
    )
