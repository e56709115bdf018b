"""The audit log: who changed what, newest first. Read only."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from lambda_src.platform_common import pages, problems, services
from lambda_src.platform_common.api import Api, Reply, reply
from lambda_src.platform_common.changes import BY_DAY
from lambda_src.platform_common.clock import Clock
from lambda_src.platform_common.store import Row

FUNCTION = {
    "category": "audit",
    "route": "/api/audit",
    "check": "/api/audit",
    "critical": True,
    "public": False,
    "tables": {"audit": "query"},
    "redis": False,
    "secrets": [],
    "publishes": False,
    "workflows": [],
    "timestream": False,
    "memory_mb": None,
    "timeout_s": 10,
}

# How far back the log over all entities goes; the log of one entity has no end.
DAYS = 30
MAX_ENTITY_ID_LENGTH = 128

api = Api()


@api.route("GET", "/api/audit")
def entries() -> Reply:
    """Entries about `?entityId=…`, or the latest about anything."""
    limit = pages.limit_of(api.call.query.get("limit"))
    token = api.call.query.get("next")
    entity_id = api.call.query.get("entityId")
    if entity_id is None:
        return _latest(limit, token)
    if not 0 < len(entity_id) <= MAX_ENTITY_ID_LENGTH or not entity_id.isprintable():
        raise problems.bad_request(f"entityId has 1 to {MAX_ENTITY_ID_LENGTH} printable characters.")
    start = pages.decode(token, scope=f"audit/{entity_id}", names=("entityId", "at"))
    if start and start["entityId"] != entity_id:
        raise pages.bad_token()
    own = services.current()
    page = own.store.newest("audit", partition={"entityId": entity_id}, limit=limit, start=start)
    items = _kept(own.clock, page.items)
    return reply(200, pages.listing(items, pages.encode(f"audit/{entity_id}", page.last_key), shown=_shown))


def _latest(limit: int, token: str | None) -> Reply:
    """Walks the days backwards until the page is full or the log's window ends."""
    own = services.current()
    today = own.clock.now().date()
    start = pages.decode(token, scope="audit", names=("entityId", "at", "day"))
    day = _day(start["day"]) if start else today
    if day > today:
        raise pages.bad_token()
    items: list[Row] = []
    while day > today - timedelta(days=DAYS):
        page = own.store.newest(
            "audit", partition={"day": day.isoformat()}, limit=limit - len(items), start=start, index=BY_DAY
        )
        items += _kept(own.clock, page.items)
        if len(items) >= limit:
            last = {name: items[-1][name] for name in ("entityId", "at", "day")}
            return reply(200, pages.listing(items, pages.encode("audit", last), shown=_shown))
        if page.last_key is None:
            day, start = day - timedelta(days=1), None
        else:
            start = page.last_key
    return reply(200, pages.listing(items, None, shown=_shown))


def _kept(clock: Clock, rows: list[Row]) -> list[Row]:
    """Without what has expired: DynamoDB removes it some time within two days."""
    now = clock.now().timestamp()
    return [row for row in rows if row.get("expiresAt", now) >= now]


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise pages.bad_token() from error
    if day.isoformat() != text:  # other spellings of the same day are no key of the index
        raise pages.bad_token()
    return day


def _shown(row: Row) -> dict[str, Any]:
    moment = str(row["at"]).partition("#")[0]
    return {name: value for name, value in row.items() if name != "day"} | {"at": moment, "auditId": row["at"]}


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answers one API Gateway proxy event."""
    return api.resolve(event, context)
