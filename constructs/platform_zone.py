"""The hosted zone of the platform's names: created, or one that exists already."""

from __future__ import annotations

from aws_cdk import RemovalPolicy
from aws_cdk import aws_route53 as route53

from constructs import Construct


def platform_zone(
    scope: Construct, id: str, *, zone_name: str, zone_id: str | None, removal_policy: RemovalPolicy
) -> route53.IHostedZone:
    """The zone with `zone_id` as it is, without asking AWS; without an id a new one, which must be delegated to."""
    if zone_id:
        return route53.HostedZone.from_hosted_zone_attributes(scope, id, hosted_zone_id=zone_id, zone_name=zone_name)
    zone = route53.PublicHostedZone(scope, id, zone_name=zone_name)
    zone.apply_removal_policy(removal_policy)
    return zone
