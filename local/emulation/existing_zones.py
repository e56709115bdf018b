"""A hosted zone that an environment names by id exists, although nobody created it here.

`domain.zone_id` names a zone made once by hand in the real account. The emulator refuses records in a zone that it
does not hold, so the zone is made when the first record asks for it. Its name is not in the template; the last two
labels of the record's name stand for it.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any


def install() -> None:
    """Make the zone before the emulator creates a record in it."""
    from ministack.services.cloudformation import provisioners

    handler = provisioners._RESOURCE_HANDLERS["AWS::Route53::RecordSet"]
    create = handler["create"]

    @functools.wraps(create)
    def create_in_existing_zone(logical_id: str, properties: Mapping[str, Any], stack_name: str) -> Any:
        zone_id = str(properties.get("HostedZoneId") or "").removeprefix("/hostedzone/")
        if zone_id:
            _ensure_zone(zone_id=zone_id, name=zone_name(str(properties.get("Name", ""))))
        return create(logical_id, properties, stack_name)

    handler["create"] = create_in_existing_zone


def zone_name(record_name: str) -> str:
    """The zone's name, with a trailing dot: the record name's last two labels."""
    return ".".join(record_name.rstrip(".").split(".")[-2:]) + "."


def _ensure_zone(*, zone_id: str, name: str) -> None:
    """Put an empty public zone into the emulator's table unless one with this id is there."""
    from ministack.services import route53

    with route53._lock:
        if zone_id in route53._zones:
            return
        route53._zones[zone_id] = {
            "id": zone_id,
            "name": name,
            "caller_reference": zone_id,
            "comment": "named by an environment",
            "private": False,
        }
        route53._records[zone_id] = route53._default_records(name)
