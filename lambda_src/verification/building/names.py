"""Checks of names and certificates: the zone and its records, what resolvers answer, what is served over TLS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lambda_src.verification.specs.dns import (
    AddressRecord,
    AnyDnsCheck,
    DnsRecordCheck,
    DnsResolutionCheck,
    DnsZoneCheck,
)
from lambda_src.verification.specs.tls import (
    MIN_DAYS_LEFT,
    AnyTlsCheck,
    TlsApiDomainCheck,
    TlsDistributionCheck,
    TlsIssuedCheck,
    TlsServedCheck,
    TlsWeakProtocolsCheck,
)

NameCheck = AnyDnsCheck | AnyTlsCheck
_REISSUE: Final = "look at its validation records in the hosted zone, and deploy the stack that makes it again"


@dataclass(frozen=True, kw_only=True)
class FrontDoor:
    """One public name: `site` or `api`, where its records point, and its certificate. Values may be tokens."""

    name: str
    host: str
    # The DNS name behind the alias records: the distribution's, or the custom domain's regional one.
    alias_target: str
    record_types: tuple[AddressRecord, ...]
    certificate_arn: str


def site_door(*, host: str, distribution_domain: str, certificate_arn: str) -> FrontDoor:
    """The site, behind CloudFront, which speaks IPv6."""
    return FrontDoor(
        name="site",
        host=host,
        alias_target=distribution_domain,
        record_types=("A", "AAAA"),
        certificate_arn=certificate_arn,
    )


def api_door(*, host: str, regional_domain: str, certificate_arn: str) -> FrontDoor:
    """The API, behind a regional custom domain name, which speaks IPv4."""
    return FrontDoor(
        name="api", host=host, alias_target=regional_domain, record_types=("A",), certificate_arn=certificate_arn
    )


def names_checks(
    *,
    zone_name: str,
    zone_id: str | None,
    site: FrontDoor,
    api: FrontDoor,
    distribution_id: str,
    min_days_left: int = MIN_DAYS_LEFT,
) -> list[NameCheck]:
    """All checks of the groups `dns` and `tls`. `zone_id`: None finds the zone by its name."""
    checks: list[NameCheck] = [
        DnsZoneCheck(
            name="dns/zone",
            group="dns",
            zone_name=zone_name,
            zone_id=zone_id,
            remedy=f"Create the public hosted zone {zone_name}, delegate to it, and name its id in domain.zone_id.",
        )
    ]
    for door in (site, api):
        checks += _dns_checks(door, zone_name=zone_name, zone_id=zone_id)
        checks += _tls_checks(door, min_days_left=min_days_left)
    return [*checks, *_assignments(site=site, api=api, distribution_id=distribution_id)]


def front_door_hosts(*, site: str, api: str) -> tuple[str, ...]:
    """What `targets.allowed_hosts` needs for these checks and for the site's redirect from port 80."""
    return (f"{site}:443", f"{site}:80", f"{api}:443")


def _dns_checks(door: FrontDoor, *, zone_name: str, zone_id: str | None) -> list[NameCheck]:
    records: list[NameCheck] = [
        DnsRecordCheck(
            name=f"dns/record-{door.name}-{record_type.lower()}",
            group="dns",
            zone_name=zone_name,
            zone_id=zone_id,
            host=door.host,
            record_type=record_type,
            alias_target=door.alias_target,
            remedy=f"Deploy the Release stack again: it makes the {record_type} record of {door.host}. A record made "
            "by hand in its place must be removed first.",
        )
        for record_type in door.record_types
    ]
    return [
        *records,
        DnsResolutionCheck(
            name=f"dns/resolution-{door.name}",
            group="dns",
            host=door.host,
            record_types=door.record_types,
            remedy=f"Compare `dig NS {zone_name}` with the name servers of the hosted zone, and change the delegation "
            "at the parent zone where they differ.",
        ),
    ]


def _tls_checks(door: FrontDoor, *, min_days_left: int) -> list[NameCheck]:
    return [
        TlsServedCheck(
            name=f"tls/served-{door.name}",
            group="tls",
            host=door.host,
            min_days_left=min_days_left,
            remedy=f"What {door.host} serves does not verify or ends soon: {_REISSUE}.",
        ),
        TlsWeakProtocolsCheck(
            name=f"tls/weak-protocols-{door.name}",
            group="tls",
            host=door.host,
            remedy=f"Let nothing below TLS 1.2 reach {door.host}: CloudFront's MinimumProtocolVersion and API "
            "Gateway's SecurityPolicy, then deploy the Release stack.",
        ),
        TlsIssuedCheck(
            name=f"tls/issued-{door.name}",
            group="tls",
            host=door.host,
            certificate_arn=door.certificate_arn,
            min_days_left=min_days_left,
            remedy=f"The certificate of {door.host} is not issued or not renewed: {_REISSUE}.",
        ),
    ]


def _assignments(*, site: FrontDoor, api: FrontDoor, distribution_id: str) -> list[NameCheck]:
    return [
        TlsDistributionCheck(
            name="tls/distribution",
            group="tls",
            host=site.host,
            distribution_id=distribution_id,
            certificate_arn=site.certificate_arn,
            remedy="The distribution was changed beside the stack: deploy the Release stack again.",
        ),
        TlsApiDomainCheck(
            name="tls/api-domain",
            group="tls",
            host=api.host,
            certificate_arn=api.certificate_arn,
            remedy="The custom domain name was changed beside the stack: deploy the Release stack again.",
        ),
    ]
