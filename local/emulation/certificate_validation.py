"""A certificate waits until DNS has its validation record, in a zone that is delegated to (`local.delegation`).

The emulator issues every certificate at once. On AWS the record of CloudFormation's own making does nothing while the
zone is not reached from its parent: the stack waits, for up to three days, without a word. Validation upstream ends
these wrappers.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import os
import time
from collections.abc import Mapping
from typing import Any, Final

from local.delegation import Zone, reached
from local.emulation import existing_zones

ENFORCES: Final = (
    "A certificate is PENDING_VALIDATION until the CNAME record of each of its names is in the zone that DNS reaches "
    "for it; a zone whose hosted parent does not delegate to it is not reached.",
    "A certificate in a template stays CREATE_IN_PROGRESS until it is issued, and its stack with it; CloudFormation "
    "writes the records into the zone that `DomainValidationOptions` names, and leaves them there.",
    "A certificate that nobody validated for 72 hours is FAILED (VALIDATION_TIMED_OUT), and so is its resource.",
)
NOT_ENFORCED: Final = (
    "Renewal, CAA records and validation by e-mail.",
    "A stack that is deleted while a certificate waits is rolled back before it is deleted.",
)
# How long ACM waits; a test cannot.
PATIENCE: Final = "CERTIFICATE_PATIENCE_S"
_PATIENCE_S: Final = 72 * 3600.0
_LOOK_EVERY_S: Final = 0.1
# Names of stacks with a certificate that waits; and of those that are to be deleted meanwhile.
_waiting: Final[set[str]] = set()
_given_up: Final[set[str]] = set()
_TYPE: Final = "AWS::CertificateManager::Certificate"
_FAILED: Final = (
    "The certificate was not validated in time: its validation record is not found in DNS (VALIDATION_TIMED_OUT)"
)


def install() -> None:
    """Before `recorded_types`, which copies the table."""
    from ministack.services import acm
    from ministack.services.cloudformation import handlers, provisioners, stacks

    request, describe, listed = acm._request_certificate, acm._describe_certificate, acm._list_certificates

    @functools.wraps(request)
    def request_pending(data: Mapping[str, Any]) -> Any:
        before = set(acm._certificates)
        answer = request(data)
        for arn in set(acm._certificates) - before:
            _make_pending(acm._certificates[arn])
        return answer

    def looking(call: Any) -> Any:
        @functools.wraps(call)
        def look_first(data: Mapping[str, Any]) -> Any:
            for certificate in list(acm._certificates.values()):
                _look(certificate)
            return call(data)

        return look_first

    acm._request_certificate = request_pending
    acm._describe_certificate, acm._list_certificates = looking(describe), looking(listed)

    handler = provisioners._RESOURCE_HANDLERS[_TYPE]
    create = handler["create"]

    @functools.wraps(create)
    def create_and_wait(logical_id: str, properties: Mapping[str, Any], stack_name: str) -> Any:
        arn, attributes = create(logical_id, properties, stack_name)
        certificate = acm._certificates[arn]
        _make_pending(certificate)
        _write_records(certificate, properties)
        _waiting.add(stack_name)
        try:
            _wait(certificate, stack_name)
        finally:
            _waiting.discard(stack_name)
        return arn, attributes

    handler["create"] = create_and_wait
    on_thread = stacks._runs_on_worker_thread
    # Anything else that waits would keep the emulator from answering.
    stacks._runs_on_worker_thread = lambda resource_type: resource_type == _TYPE or on_thread(resource_type)
    delete = stacks._delete_stack_async

    @functools.wraps(delete)
    async def delete_when_given_up(stack_name: str, *rest: Any, **options: Any) -> Any:
        if stack_name in _waiting:
            _given_up.add(stack_name)
            # The creation rolls back first: both at once would write over each other.
            while not _has_ended(stack_name):
                await asyncio.sleep(_LOOK_EVERY_S)
            _given_up.discard(stack_name)
        return await delete(stack_name, *rest, **options)

    for module in (handlers, stacks):
        module._delete_stack_async = delete_when_given_up


def _has_ended(stack_name: str) -> bool:
    from ministack.services.cloudformation import _stacks

    status = str((_stacks.get(stack_name) or {}).get("StackStatus", ""))
    return stack_name not in _waiting and not status.endswith("_IN_PROGRESS")


def _make_pending(certificate: dict[str, Any]) -> None:
    """As RequestCertificate answers on AWS; imported ones are not validated."""
    certificate["Status"] = "PENDING_VALIDATION"
    certificate["RequestedAt"] = time.time()
    for option in certificate["DomainValidationOptions"]:
        base = option["DomainName"].removeprefix("*.")
        digest = hashlib.sha256(base.encode()).hexdigest()
        option["ValidationStatus"] = "PENDING_VALIDATION"
        option["ResourceRecord"] = {
            "Name": f"_{digest[:32]}.{base}.",
            "Type": "CNAME",
            "Value": f"_{digest[32:]}.acm-validations.aws.",
        }


def _look(certificate: dict[str, Any]) -> str:
    """Brings a certificate up to date; returns its status."""
    if certificate["Status"] != "PENDING_VALIDATION":
        return str(certificate["Status"])
    for option in certificate["DomainValidationOptions"]:
        record = option["ResourceRecord"]
        if _plain(record["Value"]) in _resolved(_plain(record["Name"])):
            option["ValidationStatus"] = "SUCCESS"
    if all(option["ValidationStatus"] == "SUCCESS" for option in certificate["DomainValidationOptions"]):
        certificate["Status"] = "ISSUED"
    elif time.time() - certificate["RequestedAt"] > float(os.environ.get(PATIENCE) or _PATIENCE_S):
        certificate.update(Status="VALIDATION_TIMED_OUT", FailureReason=_FAILED)
    return str(certificate["Status"])


def _resolved(name: str) -> set[str]:
    """What DNS answers for the CNAME `name`, from the top."""
    from ministack.services import route53

    zones = []
    for id, zone in list(route53._zones.items()):
        if zone.get("private"):
            continue
        delegations = {
            _plain(record["Name"]): frozenset(map(_plain, record.get("ResourceRecords", [])))
            for record in route53._records.get(id, [])
            if record["Type"] == "NS"
        }
        own = _plain(zone["name"])
        servers = delegations.pop(own, frozenset())
        zones.append(Zone(id=id, name=own, servers=servers, delegations=delegations))
    # A name belongs to the zone with the longest name of all; DNS does not look into another one where that fails.
    mine = [zone for zone in zones if name == zone.name or name.endswith(f".{zone.name}")]
    longest = max((len(zone.name) for zone in mine), default=0)
    return {
        _plain(value)
        for zone in reached(zones)
        if len(zone.name) == longest and zone in mine
        for record in route53._records.get(zone.id, [])
        if _plain(record["Name"]) == name and record["Type"] == "CNAME"
        for value in record.get("ResourceRecords", [])
    }


def _write_records(certificate: Mapping[str, Any], properties: Mapping[str, Any]) -> None:
    """As CloudFormation does for names whose zone the template gives."""
    from ministack.services import route53

    given = {one.get("DomainName"): one.get("HostedZoneId") for one in properties.get("DomainValidationOptions") or []}
    for option in certificate["DomainValidationOptions"]:
        zone_id = str(given.get(option["DomainName"]) or "").removeprefix("/hostedzone/")
        if not zone_id:
            continue
        existing_zones._ensure_zone(zone_id=zone_id, name=existing_zones.zone_name(option["DomainName"]))
        record = option["ResourceRecord"]
        row = {"Name": record["Name"], "Type": "CNAME", "TTL": "300", "ResourceRecords": [record["Value"]]}
        with route53._lock:
            others = [one for one in route53._records[zone_id] if (one["Name"], one["Type"]) != (row["Name"], "CNAME")]
            route53._records[zone_id] = [*others, row]


def _wait(certificate: dict[str, Any], stack_name: str) -> None:
    """Until the certificate is issued. Raises ValueError when it failed, or when its stack is to be deleted."""
    while (status := _look(certificate)) == "PENDING_VALIDATION":
        if stack_name in _given_up:
            raise ValueError("Resource creation cancelled")
        time.sleep(_LOOK_EVERY_S)
    if status != "ISSUED":
        raise ValueError(f'Resource handler returned message: "{_FAILED}" (HandlerErrorCode: NotStabilized)')


def _plain(name: str) -> str:
    return str(name).rstrip(".").lower()
