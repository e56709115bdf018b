"""Certificates: what is served, what must be refused, and what the environment's certificates say."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from lambda_src.verification.specs.base import OUTSIDE_RELEASES, CheckSpec, Stage
from lambda_src.verification.specs.dns import HostName

# MISSION's M9.
MIN_DAYS_LEFT: Final = 30
WeakProtocol = Literal["TLSv1", "TLSv1.1"]


class TlsCheck(CheckSpec):
    """A check of certificates; they change apart from releases, so it runs beside them."""

    stages: tuple[Stage, ...] = Field(default=OUTSIDE_RELEASES, min_length=1)


class TlsServedCheck(TlsCheck):
    """The name is served over TLS 1.2 or better, with a certificate that verifies and lasts for a while."""

    kind: Literal["tls_served"] = "tls_served"
    host: HostName
    port: int = Field(default=443, ge=1, le=65535)
    min_days_left: int = Field(default=MIN_DAYS_LEFT, ge=0, le=3650)


class TlsWeakProtocolsCheck(TlsCheck):
    """The server refuses a client that can speak no better than these."""

    kind: Literal["tls_weak_protocols"] = "tls_weak_protocols"
    host: HostName
    port: int = Field(default=443, ge=1, le=65535)
    protocols: tuple[WeakProtocol, ...] = Field(default=("TLSv1", "TLSv1.1"), min_length=1)


class TlsIssuedCheck(TlsCheck):
    """The certificate in Certificate Manager is issued, covers the name and lasts for a while."""

    kind: Literal["tls_issued"] = "tls_issued"
    host: HostName
    certificate_arn: str = Field(min_length=1)
    min_days_left: int = Field(default=MIN_DAYS_LEFT, ge=0, le=3650)


class TlsDistributionCheck(TlsCheck):
    """The CloudFront distribution answers for the name with the environment's certificate."""

    kind: Literal["tls_distribution"] = "tls_distribution"
    host: HostName
    distribution_id: str = Field(min_length=1)
    certificate_arn: str = Field(min_length=1)


class TlsApiDomainCheck(TlsCheck):
    """API Gateway's custom domain name carries the environment's certificate."""

    kind: Literal["tls_api_domain"] = "tls_api_domain"
    host: HostName
    certificate_arn: str = Field(min_length=1)


AnyTlsCheck = TlsServedCheck | TlsWeakProtocolsCheck | TlsIssuedCheck | TlsDistributionCheck | TlsApiDomainCheck
