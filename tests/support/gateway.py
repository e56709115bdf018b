"""The real handlers behind what API Gateway does for them: key, limit, preflight, refusals as problem documents."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from lambda_build.discovery import discover_handlers
from tests.faults.support.fake_aws import API_KEY
from tests.faults.support.server import Behaviour, Request, Server, Writer, answer
from tests.support.backend import ORIGIN, Backend

HANDLERS = discover_handlers(Path(__file__).resolve().parents[2] / "lambda_src" / "handlers")
REFUSAL = {
    "Content-Type": "application/problem+json",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "Access-Control-Allow-Origin": ORIGIN,
}
PREFLIGHT = {
    "Access-Control-Allow-Origin": ORIGIN,
    "Access-Control-Allow-Methods": "GET,POST,PUT,PATCH,DELETE,OPTIONS",
    "Access-Control-Allow-Headers": "content-type,x-api-key,if-match",
}


@dataclass
class Gateway:
    """`Gateway(server)` serves the platform's API; attributes are there to be broken by tests."""

    server: Server
    backend: Backend = field(default_factory=Backend)
    public: tuple[str, ...] = ("/health",)
    # Calls of a path that are let through; the others are answered with 429.
    limits: dict[str, int] = field(default_factory=dict)
    preflight: dict[str, str] = field(default_factory=lambda: dict(PREFLIGHT))
    refusal: dict[str, str] = field(default_factory=lambda: dict(REFUSAL))

    def __post_init__(self) -> None:
        self.server.default = self._serve

    async def _serve(self, request: Request, writer: Writer) -> None:
        await self.behave(request)(request, writer)

    def behave(self, request: Request) -> Behaviour:
        """What the platform does with a request; tests wrap it."""
        if request.method == "OPTIONS":
            return answer(204, headers=self.preflight)
        source = next((source for source in HANDLERS if request.path.startswith(source.spec.route)), None)
        closed = not request.path.startswith(self.public)
        if source is None or (closed and request.headers.get("x-api-key") != API_KEY):
            return answer(403, {"title": "Forbidden"}, headers=self.refusal)
        left = self.limits.get(request.path, 1)
        if request.path in self.limits:
            self.limits[request.path] = max(left - 1, 0)
        if left <= 0:
            return answer(429, {"title": "THROTTLED"}, headers=self.refusal)
        query = "&".join(f"{name}={value}" for name, value in request.query.items())
        path = f"{request.path}?{query}" if query else request.path
        body = request.body.decode() if request.body else None
        got = self.backend.call(source.path.stem, request.method, path, body=body, headers=request.headers)
        return answer(got.status, got.text, headers=got.headers)
