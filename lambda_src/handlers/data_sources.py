"""Data sources: where market, news and on-chain data come from."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from lambda_src.platform_common.api import Api
from lambda_src.platform_common.bodies import Body, Description, HttpsUrl, Name, RowId, WholeNumber
from lambda_src.platform_common.crud import Resource, add_routes

FUNCTION = {
    "category": "data-sources",
    "route": "/api/data-sources",
    "check": "/api/data-sources",
    "critical": True,
    "public": False,
    "tables": {"data-sources": "read_write", "audit": "append"},
    "redis": False,
    "secrets": [],
    "publishes": True,
    "workflows": [],
    "timestream": False,
    "memory_mb": None,
    "timeout_s": 10,
}


class DataSource(Body):
    """`refreshSeconds` is how often the source is read."""

    data_source_id: RowId | None = None
    name: Name
    description: Description = ""
    kind: Literal["market", "news", "sentiment", "on-chain"]
    url: HttpsUrl | None = None
    enabled: bool = True
    refresh_seconds: Annotated[WholeNumber, Field(ge=1, le=86400)] = 60


DATA_SOURCES = Resource(
    entity="data-source",
    table="data-sources",
    route="/api/data-sources",
    id_name="dataSourceId",
    body=DataSource,
)

api = Api()
add_routes(api, DATA_SOURCES)


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answers one API Gateway proxy event."""
    return api.resolve(event, context)
