"""The platform's names in DNS: the hosted zone, the records in it, and what a resolver answers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from lambda_src.verification.specs.base import OUTSIDE_RELEASES, CheckSpec, Stage

HostName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?$")]
AddressRecord = Literal["A", "AAAA"]


class DnsCheck(CheckSpec):
    """A check of names; names change apart from releases, so it runs beside them."""

    stages: tuple[Stage, ...] = Field(default=OUTSIDE_RELEASES, min_length=1)


class DnsZoneCheck(DnsCheck):
    """The hosted zone exists, is public and has the name."""

    kind: Literal["dns_zone"] = "dns_zone"
    zone_name: HostName
    # None: found by its name.
    zone_id: str | None = None


class DnsRecordCheck(DnsCheck):
    """The zone has a record of this name and type, which points where it should."""

    kind: Literal["dns_record"] = "dns_record"
    zone_name: HostName
    zone_id: str | None = None
    host: HostName
    record_type: AddressRecord
    # The DNS name that an alias record must point to; None takes any record.
    alias_target: str | None = None


class DnsResolutionCheck(DnsCheck):
    """A resolver (the plan's, or the system's) gives addresses for the name."""

    kind: Literal["dns_resolution"] = "dns_resolution"
    host: HostName
    record_types: tuple[AddressRecord, ...] = Field(default=("A",), min_length=1)


AnyDnsCheck = DnsZoneCheck | DnsRecordCheck | DnsResolutionCheck
