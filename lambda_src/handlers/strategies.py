"""Strategies: made from an existing template, activated by a state machine."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from lambda_src.platform_common import changes, problems, services
from lambda_src.platform_common.api import Api, Reply, reply
from lambda_src.platform_common.bodies import Body, Description, Name, Parameters, RowId
from lambda_src.platform_common.changes import Change
from lambda_src.platform_common.clock import iso
from lambda_src.platform_common.crud import Parent, Resource, add_routes, version_of
from lambda_src.platform_common.store import ConditionFailed, Edit, When

FUNCTION = {
    "category": "strategies",
    "route": "/api/strategies",
    "check": "/api/strategies",
    "critical": True,
    "public": False,
    # It counts a template's strategies in the template's row.
    "tables": {"strategies": "read_write", "templates": "get_update", "audit": "append"},
    "redis": False,
    "secrets": [],
    "publishes": True,
    "workflows": ["strategy-activation"],
    "timestream": False,
    "memory_mb": None,
    "timeout_s": 10,
}


class Strategy(Body):
    """`templateId` cannot change later; `parameters` override the template's."""

    strategy_id: RowId | None = None
    template_id: RowId
    name: Name
    description: Description = ""
    parameters: Parameters = Field(default_factory=dict)


STRATEGIES = Resource(
    entity="strategy",
    table="strategies",
    route="/api/strategies",
    id_name="strategyId",
    body=Strategy,
    parent=Parent(entity="template", table="templates", attribute="templateId", counter="strategyCount"),
    initial={"status": "draft"},
)

api = Api()
add_routes(api, STRATEGIES)


@api.route("POST", "/api/strategies/<row_id>/activate")
def activate(row_id: str) -> Reply:
    """Marks the strategy as activating and starts the state machine; 202."""
    own = services.current()
    row = STRATEGIES.find(row_id)
    seen, version = api.if_match(), version_of(row)
    if seen is not None and seen != version:
        raise problems.version_mismatch(version)
    if row.get("status") == "active":
        raise problems.conflict("already-active", "The strategy is active.")
    now = iso(own.clock.now())
    edit = Edit(
        table="strategies",
        key=STRATEGIES.key(row_id),
        values={"status": "activating", "version": version + 1, "updatedAt": now},
        when=When(exists=True, version=version or None),
    )
    change = Change(
        entity="strategy", row_id=row_id, action="activated", version=version + 1, throw_away="expiresAt" in row
    )
    try:
        changes.make(own, api.call, change, [edit])
    except ConditionFailed as error:
        raise problems.conflict("changed-meanwhile", "The strategy was changed meanwhile. Try again.") from error
    document = {"strategyId": row_id, "templateId": row["templateId"], "version": version + 1, "requestedAt": now}
    # The version makes the name new at every activation, and the same for a delivery that Lambda repeats.
    execution = own.workflows.start("strategy-activation", name=f"{row_id}-{version + 1}", document=document)
    return reply(202, {"strategyId": row_id, "status": "activating", "execution": execution.rpartition(":")[2]})


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answers one API Gateway proxy event."""
    return api.resolve(event, context)
