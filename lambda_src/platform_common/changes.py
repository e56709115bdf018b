"""One change: rows, audit entry and event together."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lambda_src.platform_common.api import Call
from lambda_src.platform_common.clock import expiry, is_throw_away, iso
from lambda_src.platform_common.log import count
from lambda_src.platform_common.services import Services
from lambda_src.platform_common.store import ConditionFailed, Put, Row, When, Write

Action = Literal["created", "updated", "deleted", "activated", "blocked"]

# The audit table's index over all entities: partition `day` (YYYY-MM-DD, UTC), sort key `at`.
BY_DAY = "by-day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happened to one entity, e.g. a template was created."""

    entity: str
    row_id: str
    action: Action
    version: int
    # Set for rows of a verification run: their audit entries go with them.
    throw_away: bool = False


def make(services: Services, call: Call, change: Change, writes: Sequence[Write]) -> None:
    """Commits `writes` with an audit entry, then publishes the event `<entity>.<action>`.

    Raises:
        ConditionFailed: positions are those of `writes`; nothing was written, audited or published.
    """
    entry = _audit_entry(services, call, change)
    try:
        services.store.commit([*writes, Put(table="audit", row=entry, when=When(exists=False))])
    except ConditionFailed as error:
        # An entry's key is never chosen twice: if it is there, then by an attempt whose answer was lost.
        if error.failed != {len(writes)}:
            raise
    detail = {name: value for name, value in entry.items() if name not in ("expiresAt", "day")}
    if not services.bus.publish(f"{change.entity}.{change.action}", detail):
        count("EventsNotPublished", environment=services.settings.environment)


def _audit_entry(services: Services, call: Call, change: Change) -> Row:
    now = services.clock.now()
    entry: Row = {
        "entityId": change.row_id,
        "at": f"{iso(now)}#{uuid.uuid4()}",
        "day": iso(now)[:10],
        "entity": change.entity,
        "action": change.action,
        "version": change.version,
        "actor": call.actor,
        "requestId": call.request_id,
        "functionVersion": call.function_version,
        "environment": services.settings.environment,
    }
    if change.throw_away or is_throw_away(change.row_id):
        entry["expiresAt"] = expiry(now)
    return entry
