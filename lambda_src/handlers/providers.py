"""Providers: which exchange or AI provider is used for what, in which order."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from lambda_src.platform_common.api import Api
from lambda_src.platform_common.bodies import Body, Description, Name, RowId, WholeNumber
from lambda_src.platform_common.crud import Resource, add_routes

FUNCTION = {
    "category": "providers",
    "route": "/api/providers",
    "check": "/api/providers",
    "critical": True,
    "public": False,
    "tables": {"providers": "read_write", "audit": "append"},
    "redis": False,
    "secrets": [],
    "publishes": True,
    "workflows": [],
    "timestream": False,
    "memory_mb": None,
    "timeout_s": 10,
}


class Provider(Body):
    """`priority` 1 is asked first. Credentials are in the secrets, never here."""

    provider_id: RowId | None = None
    name: Name
    description: Description = ""
    kind: Literal["exchange", "ai", "market-data"]
    priority: Annotated[WholeNumber, Field(ge=1, le=1000)] = 100
    enabled: bool = True


PROVIDERS = Resource(
    entity="provider",
    table="providers",
    route="/api/providers",
    id_name="providerId",
    body=Provider,
)

api = Api()
add_routes(api, PROVIDERS)


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answers one API Gateway proxy event."""
    return api.resolve(event, context)
