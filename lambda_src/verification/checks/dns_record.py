"""One address record in the hosted zone."""

from __future__ import annotations

from typing import Any, Final

from lambda_src.verification.calls import ask
from lambda_src.verification.checks.dns_zone import find_zone, plain_name
from lambda_src.verification.context import CheckContext
from lambda_src.verification.specs.dns import DnsRecordCheck
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict

# Records of one name and type: more than one where routing is weighted or by region.
_AT_MOST: Final = "20"


async def run(spec: DnsRecordCheck, context: CheckContext) -> Observation:
    """Passed when the zone has the record, as an alias of the expected target where the plan names one."""
    zone_id = await find_zone(context, zone_id=spec.zone_id, zone_name=spec.zone_name)
    records = await _records(spec, context, zone_id)
    expected = f"{spec.record_type} record for {spec.host} in the zone {spec.zone_name} ({zone_id})"
    if not records:
        target = f", an alias to {plain_name(spec.alias_target)}" if spec.alias_target else ""
        raise CheckProblem(f"missing: {expected}{target}", retry=True)
    targets = [_target(record) for record in records]
    if spec.alias_target and any(target != plain_name(spec.alias_target) for target in targets):
        raise CheckProblem(
            f"{expected} points to {', '.join(targets)}; expected: an alias to {plain_name(spec.alias_target)}",
            retry=True,
        )
    return Observation(
        verdict=Verdict.PASSED,
        message=f"{spec.record_type} record for {spec.host} points to {', '.join(targets)}",
        evidence={"zone": zone_id, "host": spec.host, "type": spec.record_type, "targets": targets},
    )


async def _records(spec: DnsRecordCheck, context: CheckContext, zone_id: str) -> list[dict[str, Any]]:
    answer = await ask(
        context,
        "route53",
        "list_resource_record_sets",
        subject=f"{spec.host} in {zone_id}",
        HostedZoneId=zone_id,
        StartRecordName=spec.host,
        StartRecordType=spec.record_type,
        MaxItems=_AT_MOST,
    )
    return [
        record
        for record in answer.get("ResourceRecordSets", [])
        if plain_name(record["Name"]) == plain_name(spec.host) and record["Type"] == spec.record_type
    ]


def _target(record: dict[str, Any]) -> str:
    alias = record.get("AliasTarget")
    if alias:
        return plain_name(alias["DNSName"])
    return ", ".join(value["Value"] for value in record.get("ResourceRecords", [])) or "nothing"
