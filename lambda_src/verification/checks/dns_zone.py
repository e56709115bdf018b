"""The hosted zone of the platform's names."""

from __future__ import annotations

from lambda_src.verification.calls import ask
from lambda_src.verification.context import CheckContext
from lambda_src.verification.specs.dns import DnsZoneCheck
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict

# More zones of one name than anybody has.
_SAME_NAME = "20"


async def run(spec: DnsZoneCheck, context: CheckContext) -> Observation:
    """Passed when the zone is there, public, and of the environment's name."""
    zone_id = await find_zone(context, zone_id=spec.zone_id, zone_name=spec.zone_name)
    answer = await ask(context, "route53", "get_hosted_zone", subject=zone_id, Id=zone_id)
    zone = answer["HostedZone"]
    name = plain_name(zone["Name"])
    if name != plain_name(spec.zone_name):
        raise CheckProblem(f"hosted zone {zone_id} is called {name!r}, expected {plain_name(spec.zone_name)!r}")
    if (zone.get("Config") or {}).get("PrivateZone"):
        raise CheckProblem(f"hosted zone {zone_id} ({name}) is private: nobody outside its networks sees it")
    servers = (answer.get("DelegationSet") or {}).get("NameServers") or []
    return Observation(
        verdict=Verdict.PASSED,
        message=f"hosted zone {zone_id} ({name}) exists",
        evidence={"zone": zone_id, "name": name, "name_servers": servers},
    )


async def find_zone(context: CheckContext, *, zone_id: str | None, zone_name: str) -> str:
    """The id of the zone: the given one, or that of the only public zone of this name. Raises CheckProblem."""
    if zone_id:
        return zone_id.removeprefix("/hostedzone/")
    answer = await ask(
        context, "route53", "list_hosted_zones_by_name", subject=zone_name, DNSName=zone_name, MaxItems=_SAME_NAME
    )
    found = [
        str(zone["Id"]).removeprefix("/hostedzone/")
        for zone in answer.get("HostedZones", [])
        if plain_name(zone["Name"]) == plain_name(zone_name) and not (zone.get("Config") or {}).get("PrivateZone")
    ]
    if not found:
        raise CheckProblem(f"there is no public hosted zone {zone_name!r}")
    if len(found) > 1:
        raise CheckProblem(
            f"{len(found)} public hosted zones are called {zone_name!r} ({', '.join(found)}), and the environment does "
            "not say which one is meant"
        )
    return found[0]


def plain_name(name: str) -> str:
    """A DNS name in lower case, without the dot at its end and without Route 53's escape of `*`."""
    return name.rstrip(".").lower().replace("\\052", "*")
