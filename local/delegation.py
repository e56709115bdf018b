"""Which hosted zones of the embedded cloud DNS can reach: a hosted parent has to delegate to its children, as in DNS.

A zone whose parent is not hosted here has nobody above it that could refuse: it is reached. So `make local` needs no
delegation, and a test that hosts the parent, too, plays the registrar.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Zone:
    """A public hosted zone: its name, its own name servers, and the NS records in it, by name; no last dots."""

    id: str
    name: str
    servers: frozenset[str]
    delegations: Mapping[str, frozenset[str]] = field(default_factory=dict)


def reached(zones: Iterable[Zone]) -> list[Zone]:
    """The zones that a resolver comes to from the top, parents first."""
    found: dict[str, Zone] = {}
    for zone in sorted(zones, key=lambda zone: zone.name.count(".")):
        parents = [name for name in found if zone.name.endswith(f".{name}")]
        parent = found[max(parents, key=len)] if parents else None
        if parent is None or parent.delegations.get(zone.name) == zone.servers:
            found[zone.name] = zone
    return list(found.values())
