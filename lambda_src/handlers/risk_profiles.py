"""Risk profiles: the limits that orders keep to."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from lambda_src.platform_common.api import Api
from lambda_src.platform_common.bodies import Body, Description, Name, RowId
from lambda_src.platform_common.crud import Resource, add_routes

FUNCTION = {
    "category": "risk-controls",
    "route": "/api/risk-profiles",
    "check": "/api/risk-profiles",
    "critical": True,
    "public": False,
    "tables": {"risk-profiles": "read_write", "audit": "append"},
    "redis": False,
    "secrets": [],
    "publishes": True,
    "workflows": [],
    "timestream": False,
    "memory_mb": None,
    "timeout_s": 10,
}


class RiskProfile(Body):
    """`maxDrawdown` is a share of 1 (0.1 is ten per cent), `maxPositionSize` is EUR in one symbol."""

    profile_id: RowId | None = None
    name: Name
    description: Description = ""
    max_drawdown: Annotated[Decimal, Field(gt=0, le=1)]
    max_position_size: Annotated[Decimal, Field(gt=0, le=1_000_000_000)]


RISK_PROFILES = Resource(
    entity="risk-profile",
    table="risk-profiles",
    route="/api/risk-profiles",
    id_name="profileId",
    body=RiskProfile,
)

api = Api()
add_routes(api, RISK_PROFILES)


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answers one API Gateway proxy event."""
    return api.resolve(event, context)
