"""Strategy templates: what strategies are made from."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from lambda_src.platform_common.api import Api
from lambda_src.platform_common.bodies import Body, Description, Name, Parameters, RowId
from lambda_src.platform_common.crud import Resource, add_routes

FUNCTION = {
    "category": "templates",
    "route": "/api/templates",
    "check": "/api/templates",
    "critical": True,
    "public": False,
    "tables": {"templates": "read_write", "audit": "append"},
    "redis": False,
    "secrets": [],
    "publishes": True,
    "workflows": [],
    "timestream": False,
    "memory_mb": None,
    "timeout_s": 10,
}


class Template(Body):
    """`parameters` are the defaults that a strategy starts from."""

    template_id: RowId | None = None
    name: Name
    description: Description = ""
    parameters: Parameters = Field(default_factory=dict)


TEMPLATES = Resource(
    entity="template",
    table="templates",
    route="/api/templates",
    id_name="templateId",
    body=Template,
    children="strategyCount",
)

api = Api()
add_routes(api, TEMPLATES)


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answers one API Gateway proxy event."""
    return api.resolve(event, context)
