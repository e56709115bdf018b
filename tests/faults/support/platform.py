"""A well-behaved platform behind the misbehaving server: API and site as a release serves them."""

from __future__ import annotations

import itertools
import json
from typing import Any

from lambda_src.verification.plan import Plan
from lambda_src.verification.plans import Endpoint, SmokeTables, release_plan
from tests.faults.support.fake_aws import API_KEY, SECRET_ARN, FakeAws
from tests.faults.support.server import Behaviour, Request, Server, Writer, answer

BUILD_ID = "build-0123456789abcdef"
TABLES = SmokeTables(templates="t-templates", strategies="t-strategies", risk_profiles="t-profiles")
NEVER = {"Cache-Control": "no-cache, no-store, must-revalidate"}
YEAR = {"Cache-Control": "public, max-age=31536000, immutable"}
PAGE = f"""<!doctype html><html><head><meta name="build-id" content="{BUILD_ID}">
<link rel="icon" href="/favicon.ico"><link rel="stylesheet" href="/_next/static/css/0a1b2c3d.css">
<script src="/_next/static/chunks/main-0a1b2c3d.js" async></script></head><body>acinaces</body></html>"""
ENDPOINTS = tuple(
    Endpoint(function=function, category=category, path=path, public=path == "/health")
    for function, category, path in (
        ("health", "health", "/health"),
        ("templates", "templates", "/api/templates"),
        ("strategies", "strategies", "/api/strategies"),
        ("risk-profiles", "risk-controls", "/api/risk-profiles"),
        ("market-data", "market-data", "/api/market-data"),
        ("ai-intelligence", "ai-intelligence", "/api/ai-intelligence"),
        ("exchanges", "exchange", "/api/exchanges"),
        ("audit", "audit", "/api/audit"),
    )
)
_COLLECTIONS = {
    "/api/templates": ("templateId", TABLES.templates),
    "/api/strategies": ("strategyId", TABLES.strategies),
    "/api/risk-profiles": ("profileId", TABLES.risk_profiles),
}

_HEALTH: dict[str, Any] = {
    "/health": {"status": "ok"},
    "/health/detailed": {
        "status": "healthy",
        "environment": "local",
        "database": {"status": "healthy"},
        "dataStores": [],
    },
    "/health/ready": {"status": "ready"},
    "/health/live": {"status": "alive"},
}


class TestPolicy:
    """The environment's `[gate]` section, as tests want it: nothing waits long."""

    __test__ = False

    consistency_window_s = 0
    timeout_s = 30
    concurrency = 16
    max_latency_ms = 5000
    on_error: Any = "fail"
    on_inconclusive: Any = "fail"
    allow_loopback = True

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


class FakePlatform:
    """Serves everything that `plan()` checks; `server.on(…)` replaces single answers by misbehaviour."""

    def __init__(self, server: Server, aws: FakeAws) -> None:
        self.server, self.aws = server, aws
        self._times = itertools.count()
        self._entries: list[dict[str, str]] = []
        server.default = self._serve
        for path, body, headers in (
            ("/", PAGE, {"Content-Type": "text/html; charset=utf-8", **NEVER}),
            ("/config.json", self._config(), {"Content-Type": "application/json", **NEVER}),
            ("/favicon.ico", "icon", {"Content-Type": "image/x-icon", "Cache-Control": "no-cache"}),
            ("/_next/static/css/0a1b2c3d.css", "body{}", {"Content-Type": "text/css", **YEAR}),
            ("/_next/static/chunks/main-0a1b2c3d.js", "1", {"Content-Type": "application/javascript", **YEAR}),
        ):
            server.on("GET", path, answer(200, body, headers=headers))

    def plan(self, *, policy: TestPolicy | None = None, **changes: Any) -> Plan:
        """The plan of this platform's release; `changes` replace fields of the plan."""
        plan = release_plan(
            environment="local",
            api_url=self.server.url,
            site_url=self.server.url,
            endpoints=ENDPOINTS,
            build_id=BUILD_ID,
            smoke_tables=TABLES,
            api_key_secret_arn=SECRET_ARN,
            policy=policy or TestPolicy(),
        )
        return plan.model_copy(update=changes)

    def _config(self) -> str:
        return json.dumps({"NEXT_PUBLIC_ENVIRONMENT": "local", "NEXT_PUBLIC_API_URL": self.server.url})

    async def _serve(self, request: Request, writer: Writer) -> None:
        await self.behave(request)(request, writer)

    def behave(self, request: Request) -> Behaviour:
        """What the platform itself does with a request; tests wrap it."""
        if request.path in _HEALTH:
            return answer(200, _HEALTH[request.path])
        if request.headers.get("x-api-key") != API_KEY:
            return answer(403, {"message": "Forbidden"})
        if request.path == "/api/audit" and "entityId" in request.query:
            return self._listing(self._audit_of(request.query["entityId"]))
        base, _, row_id = request.path.rpartition("/")
        if request.path in _COLLECTIONS and request.method == "POST":
            return self._create(request)
        if base in _COLLECTIONS:
            return self._one(request.method, base, row_id)
        return self._listing([])

    def _create(self, request: Request) -> Behaviour:
        id_name, table = _COLLECTIONS[request.path]
        row = json.loads(request.body)
        with self.aws.lock:
            rows = self.aws.rows.setdefault(table, [])
            existing = next((other for other in rows if other[id_name] == row[id_name]), None)
            if existing is not None:
                return answer(200, existing) if existing == row else answer(409, {"title": "id-taken"})
            rows.append(row)
            self._audit(row[id_name], "created")
        return answer(201, row)

    def _one(self, method: str, base: str, row_id: str) -> Behaviour:
        id_name, table = _COLLECTIONS[base]
        with self.aws.lock:
            row = next((row for row in self.aws.rows.get(table, []) if row[id_name] == row_id), None)
            if row is None:
                return answer(404, {"title": "not-found"})
            if method == "DELETE":
                self.aws.rows[table].remove(row)
                self._audit(row_id, "deleted")
                return answer(204)
        return answer(200, row)

    def _audit(self, entity_id: str, action: str) -> None:
        entry = {"entityId": entity_id, "at": f"2030-01-01#{next(self._times):06}", "action": action}
        self._entries.append(entry)

    def _audit_of(self, entity_id: str) -> list[dict[str, str]]:
        with self.aws.lock:
            return [entry for entry in self._entries if entry["entityId"] == entity_id]

    @staticmethod
    def _listing(items: list[Any]) -> Behaviour:
        return answer(200, {"items": items, "count": len(items), "next": None})
