"""Security groups that let the whole internet in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from lambda_src.verification.calls import pages
from lambda_src.verification.context import CheckContext
from lambda_src.verification.specs.security import OpenIngressCheck
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict

_EVERYBODY: Final = frozenset({"0.0.0.0/0", "::/0"})


async def run(spec: OpenIngressCheck, context: CheckContext) -> Observation:
    """Passed when no rule of any group opens a port that is not allowed to everybody."""
    groups = await pages(
        context,
        "ec2",
        "describe_security_groups",
        subject=spec.vpc_id,
        items="SecurityGroups",
        Filters=[{"Name": "vpc-id", "Values": [spec.vpc_id]}],
    )
    if not groups:
        # A VPC always has at least its default group.
        raise CheckProblem(f"{spec.vpc_id} has no security groups: it does not exist, or they are not to be seen",
                           verdict=Verdict.ERROR)  # fmt: skip
    open_ = [
        f"{group['GroupId']} ({group.get('GroupName', '')}): {ports}"
        for group in groups
        for ports in _open_to_everybody(group.get("IpPermissions") or (), spec.allowed)
    ]
    if open_:
        raise CheckProblem(f"{spec.vpc_id} is open to everybody in {'; '.join(open_)}")
    return Observation(
        verdict=Verdict.PASSED,
        message=f"none of {len(groups)} security groups of {spec.vpc_id} is open to everybody",
        evidence={"groups": [group["GroupId"] for group in groups]},
    )


def _open_to_everybody(rules: Iterable[Mapping[str, Any]], allowed: tuple[int, ...]) -> list[str]:
    found = []
    for rule in rules:
        sources = {item.get("CidrIp") for item in rule.get("IpRanges") or ()} | {
            item.get("CidrIpv6") for item in rule.get("Ipv6Ranges") or ()
        }
        if not sources & _EVERYBODY:
            continue
        protocol, first, last = str(rule.get("IpProtocol", "-1")), rule.get("FromPort"), rule.get("ToPort")
        one_allowed = protocol in ("tcp", "udp", "6", "17") and first == last and first in allowed
        if not one_allowed:
            # Protocol -1 is everything; it has no ports.
            ports = f"{first}" if first == last else f"{first}-{last}"
            found.append("everything" if protocol == "-1" else f"{protocol} {ports}")
    return found
