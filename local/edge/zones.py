"""The hosted zones of the embedded cloud, and what they answer to a question of DNS."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from local.delegation import Zone, reached
from local.edge.front_doors import Clients

# What an alias stands for here: the edge itself.
_ALIAS_ADDRESSES: Final = {"A": "127.0.0.1", "AAAA": "::1"}
# Route 53's own for aliases of CloudFront and API Gateway.
_ALIAS_TTL: Final = 60
_LONGEST_CHAIN: Final = 8


@dataclass(frozen=True, kw_only=True)
class Record:
    """Values of one name and type, or the DNS name that an alias points to."""

    ttl: int
    values: tuple[str, ...] = ()
    alias: str | None = None


# (name without its last dot, type) -> record
Records = Mapping[tuple[str, str], Record]


def read_records(clients: Clients) -> Records:
    """The records of the account's public hosted zones that DNS can reach (`local.delegation`)."""
    client, by_zone = clients("route53", None), dict[str, dict[tuple[str, str], Record]]()
    zones = []
    for page in client.get_paginator("list_hosted_zones").paginate():
        for zone in page["HostedZones"]:
            if (zone.get("Config") or {}).get("PrivateZone"):
                continue
            name, records = _plain(zone["Name"]), _read_zone(client, zone["Id"])
            by_zone[zone["Id"]] = records
            delegations = {
                owner: frozenset(_plain(value) for value in record.values)
                for (owner, kind), record in records.items()
                if kind == "NS"
            }
            servers = delegations.pop(name, frozenset())
            zones.append(Zone(id=zone["Id"], name=name, servers=servers, delegations=delegations))
    # A child's own records stand over what its parent says about it.
    return {key: record for zone in reached(zones) for key, record in by_zone[zone.id].items()}


def _read_zone(client: Any, zone_id: str) -> dict[tuple[str, str], Record]:
    records = {}
    for page in client.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone_id):
        for found in page["ResourceRecordSets"]:
            alias = found.get("AliasTarget")
            records[_plain(found["Name"]), found["Type"]] = Record(
                ttl=found.get("TTL", _ALIAS_TTL),
                values=tuple(value["Value"] for value in found.get("ResourceRecords", [])),
                alias=_plain(alias["DNSName"]) if alias else None,
            )
    return records


def respond(query: dns.message.Message, records: Records, targets: Collection[str]) -> dns.message.Message:
    """The answer to `query`: what the zones say, NXDOMAIN for names that no zone has.

    An alias is the edge's address, if something in `targets` is there to be pointed to; else it has no address.
    """
    response = dns.message.make_response(query)
    response.flags |= dns.flags.AA
    if len(query.question) != 1:
        response.set_rcode(dns.rcode.FORMERR)
        return response
    question = query.question[0]
    name, kind = _plain(question.name.to_text()), dns.rdatatype.to_text(question.rdtype)
    for _hop in range(_LONGEST_CHAIN):
        if not _exists(name, records):
            response.set_rcode(dns.rcode.NXDOMAIN)
            return response
        cname = records.get((name, "CNAME")) if kind != "CNAME" else None
        found = cname or records.get((name, kind))
        values = _values(found, kind, targets) if found else ()
        if found and values:
            response.answer.append(
                dns.rrset.from_text_list(f"{name}.", found.ttl, "IN", "CNAME" if cname else kind, values)
            )
        if cname is None or not values:
            return response
        name = _plain(values[0])
    return response


def _values(record: Record, kind: str, targets: Collection[str]) -> tuple[str, ...]:
    if record.alias is None:
        return record.values
    return (_ALIAS_ADDRESSES[kind],) if record.alias in targets and kind in _ALIAS_ADDRESSES else ()


def _exists(name: str, records: Records) -> bool:
    """Whether a zone has the name, or one below it (RFC 8020)."""
    return any(known == name or known.endswith(f".{name}") for known, _kind in records)


def _plain(name: str) -> str:
    return name.rstrip(".").lower()
