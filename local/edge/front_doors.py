"""The public names of the embedded cloud: distributions and custom domain names, as the AWS API describes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

# Service and region (None: the process's own) -> a boto3 client.
Clients = Callable[[str, str | None], Any]


@dataclass(frozen=True, kw_only=True)
class FrontDoor:
    """One public name, the names on the certificate that it carries, and what it does with plain HTTP."""

    host: str
    certificate_names: tuple[str, ...]
    plain_http: Literal["redirect", "forbid", "serve", "closed"]


@dataclass(frozen=True, kw_only=True)
class FrontDoors:
    """By host, and the DNS names that alias records may point to, both in lower case."""

    by_host: Mapping[str, FrontDoor]
    targets: frozenset[str]


_POLICIES: Mapping[str, Literal["redirect", "forbid", "serve"]] = {
    "redirect-to-https": "redirect",
    "https-only": "forbid",
    "allow-all": "serve",
}


def read_front_doors(clients: Clients) -> FrontDoors:
    """All doors of the account. A name without an issued certificate has no door, nor has a disabled distribution."""
    doors: dict[str, FrontDoor] = {}
    targets: set[str] = set()
    for distribution in _distributions(clients):
        targets.add(distribution["DomainName"].lower())
        names = _certificate_names(clients, (distribution.get("ViewerCertificate") or {}).get("ACMCertificateArn"))
        if not distribution["Enabled"] or not names:
            continue
        policy = _POLICIES[distribution["DefaultCacheBehavior"]["ViewerProtocolPolicy"]]
        for alias in (distribution.get("Aliases") or {}).get("Items") or []:
            doors[alias.lower()] = FrontDoor(host=alias.lower(), certificate_names=names, plain_http=policy)
    for domain in clients("apigateway", None).get_paginator("get_domain_names").paginate().search("items[]"):
        targets.add(domain["regionalDomainName"].lower())
        names = _certificate_names(clients, domain.get("regionalCertificateArn") or domain.get("certificateArn"))
        host = domain["domainName"].lower()
        if names:
            # API Gateway does not listen for plain HTTP.
            doors[host] = FrontDoor(host=host, certificate_names=names, plain_http="closed")
    return FrontDoors(by_host=doors, targets=frozenset(targets))


def _distributions(clients: Clients) -> list[Any]:
    pages = clients("cloudfront", None).get_paginator("list_distributions").paginate()
    return [item for page in pages for item in page["DistributionList"].get("Items") or []]


def _certificate_names(clients: Clients, arn: str | None) -> tuple[str, ...]:
    """The names of an issued certificate; none if there is no such certificate, or it is not issued."""
    if not arn:
        return ()
    client = clients("acm", arn.split(":")[3])
    try:
        certificate = client.describe_certificate(CertificateArn=arn)["Certificate"]
    except client.exceptions.ResourceNotFoundException:
        return ()
    if certificate["Status"] != "ISSUED":
        return ()
    return tuple(dict.fromkeys([certificate["DomainName"], *certificate.get("SubjectAlternativeNames", [])]))
