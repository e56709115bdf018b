"""The platform's names in DNS: without delegation, or with a CAA record against Amazon, certificates wait for days."""

from __future__ import annotations

from typing import Any, Final

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.resolver
from botocore.exceptions import ClientError

from ops.doctor.findings import Finding, Undetermined, failed, passed, warned
from ops.doctor.surroundings import Surroundings

# Seconds for one server, and of how many of the parent's servers one must answer.
_ANSWER_S: Final = 3.0
_SERVERS: Final = 3
_TTL: Final = 172800
# By whose names a CAA record allows ACM (AWS: "Configure a CAA record").
_AMAZON: Final = frozenset({"amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"})


def delegation(around: Surroundings) -> Finding:
    """Whether the parent of the hosted zone names the zone's own servers; ACM asks the public DNS, from the top."""
    environment, domain = around.environment, around.environment.domain
    if environment.gate.allow_loopback and not _has_hosted_parent(around):
        return passed("delegation", f"{domain.zone} has no parent in the embedded cloud: nothing to delegate")
    own = _own_servers(around)
    if isinstance(own, Finding):
        return own
    told = _told_by_parent(around, dns.name.from_text(domain.zone))
    wait = "ACM would not issue the certificates, and the first deployment would wait for them"
    parent = domain.zone.partition(".")[2]
    records = ", ".join(f"{domain.zone}. {_TTL} IN NS {server}." for server in sorted(own))
    fix = f"in the zone {parent} (or at the registrar of {domain.zone}) set exactly: {records}"
    if not told:
        return failed("delegation", f"{domain.zone} is not delegated: {wait}", fix)
    if told == own:
        return passed("delegation", f"{domain.zone} is delegated to {len(own)} servers of its hosted zone")
    if told & own and not told - own:
        missing = ", ".join(sorted(own - told))
        return warned("delegation", f"{domain.zone} is delegated to some of its servers only, not to {missing}", fix)
    strange = ", ".join(sorted(told - own))
    hint = "" if domain.zone_id else f"; domain.zone_id in environments/{environment.name}.toml chooses between zones"
    return failed("delegation", f"{domain.zone} is delegated to servers of another zone ({strange}): {wait}{hint}", fix)


def authorities(around: Surroundings) -> list[Finding]:
    """Whether CAA records let Amazon issue certificates for site and API (RFC 8659: the nearest record counts)."""
    domain = around.environment.domain
    return [_authority(around, name) for name in dict.fromkeys((domain.site, domain.api))]


def _own_servers(around: Surroundings) -> frozenset[str] | Finding:
    """The hosted zone's servers, or what is wrong with the zone."""
    environment, domain = around.environment, around.environment.domain
    client, place = around.client("route53"), f"environments/{environment.name}.toml"
    look = f"look: aws route53 list-hosted-zones-by-name --dns-name {domain.zone}"
    if domain.zone_id:
        try:
            found = client.get_hosted_zone(Id=domain.zone_id)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in ("NoSuchHostedZone", "InvalidInput"):
                raise
            message = f"account {environment.aws.account} has no hosted zone {domain.zone_id}"
            return failed("delegation", message, f"{look}, and put its id into {place}: domain.zone_id")
        name = plain(found["HostedZone"]["Name"])
        if name != domain.zone or found["HostedZone"].get("Config", {}).get("PrivateZone"):
            message = f"the hosted zone {domain.zone_id} is not the public zone of {domain.zone}: it is {name}"
            return failed("delegation", message, f"{look}, and correct domain.zone_id in {place}")
        return _servers(found)
    listed = client.list_hosted_zones_by_name(DNSName=domain.zone)["HostedZones"]
    ids = [
        zone["Id"]
        for zone in listed
        if plain(zone["Name"]) == domain.zone and not zone.get("Config", {}).get("PrivateZone")
    ]
    if not ids:
        message = f"there is no hosted zone {domain.zone} yet; the first deployment would make one and wait for you"
        create = f"aws route53 create-hosted-zone --name {domain.zone} --caller-reference {environment.name}"
        return failed("delegation", message, f"{create}; put its id into {place} (domain.zone_id), and delegate to it")
    if len(ids) > 1:
        names = ", ".join(identifier.rpartition("/")[2] for identifier in ids)
        return failed(
            "delegation", f"{domain.zone} has several hosted zones: {names}", f"{look}; name one: domain.zone_id"
        )
    return _servers(client.get_hosted_zone(Id=ids[0]))


def _servers(answer: dict[str, Any]) -> frozenset[str]:
    return frozenset(plain(server) for server in answer["DelegationSet"]["NameServers"])


def _has_hosted_parent(around: Surroundings) -> bool:
    """Whether the embedded cloud, which is its own DNS, hosts a zone above the environment's."""
    pages = around.client("route53").get_paginator("list_hosted_zones").paginate()
    names = [plain(zone["Name"]) for page in pages for zone in page["HostedZones"]]
    return any(around.environment.domain.zone.endswith(f".{name}") for name in names)


def _told_by_parent(around: Surroundings, zone: dns.name.Name) -> frozenset[str]:
    """The servers that the parent of `zone` names."""
    resolver = around.resolver()
    if around.environment.gate.allow_loopback:
        # The edge's DNS answers for parent and child alike.
        return _ask([str(resolver.nameservers[0])], resolver.port, zone)
    try:
        parent = dns.resolver.zone_for_name(zone.parent(), resolver=resolver)
        servers = [str(answer.target) for answer in resolver.resolve(parent, "NS")][:_SERVERS]
        addresses = [str(address) for server in servers for address in resolver.resolve(server, "A")]
    except dns.exception.DNSException as error:
        raise _unanswered(f"the servers above {zone} are not found: {error}") from error
    return _ask(addresses, resolver.port, zone)


def _ask(addresses: list[str], port: int, zone: dns.name.Name) -> frozenset[str]:
    """The NS records of `zone` at the first of `addresses` that answers."""
    query = dns.message.make_query(zone, "NS")
    query.flags &= ~dns.flags.RD
    problem = "no server above it has an address"
    for address in addresses:
        try:
            response, _ = dns.query.udp_with_fallback(query, address, timeout=_ANSWER_S, port=port)
        except (dns.exception.DNSException, OSError) as error:
            problem = f"{address} does not answer: {error}"
            continue
        if response.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
            problem = f"{address} answers {dns.rcode.to_text(response.rcode())}"
            continue
        # A referral stands in the authority section.
        return frozenset(
            plain(str(record.target))
            for rrset in (*response.answer, *response.authority)
            if rrset.name == zone and rrset.rdtype == dns.rdatatype.NS
            for record in rrset
        )
    raise _unanswered(f"whether {zone} is delegated cannot be asked: {problem}")


def _authority(around: Surroundings, domain: str) -> Finding:
    name, owner = f"CAA {domain}", dns.name.from_text(domain)
    try:
        while owner != dns.name.root:
            records = _records(around.resolver(), owner)
            issue = {record.value.decode().partition(";")[0].strip() for record in records if record.tag == b"issue"}
            if records:
                if issue and not issue & _AMAZON:
                    message = f"the CAA record of {owner} does not let Amazon issue certificates for {domain}"
                    return failed(name, message, f'add to the CAA records of {owner}: 0 issue "amazon.com"')
                return passed(name, f"the CAA record of {owner} lets Amazon issue certificates")
            owner = owner.parent()
    except dns.exception.DNSException as error:
        raise _unanswered(f"CAA records of {owner} cannot be asked for: {error}") from error
    return passed(name, "no CAA record: Amazon may issue certificates")


def _records(resolver: dns.resolver.Resolver, owner: dns.name.Name) -> list[Any]:
    try:
        return list(resolver.resolve(owner, "CAA"))
    except (dns.resolver.NoAnswer, dns.resolver.NXDOMAIN):
        return []


def _unanswered(message: str) -> Undetermined:
    return Undetermined(message, fix="look again; if it stays so, allow DNS (port 53, UDP and TCP) to the outside")


def plain(name: str) -> str:
    """A DNS name as we compare it: without its last dot, in small letters."""
    return name.rstrip(".").lower()
