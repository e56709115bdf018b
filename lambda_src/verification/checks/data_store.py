"""One data store, in what the platform's detailed health says; one request serves all such checks."""

from __future__ import annotations

from typing import Any

from lambda_src.verification.checks.json_answers import json_object
from lambda_src.verification.context import CheckContext
from lambda_src.verification.specs.data import DataStoreCheck
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict


async def run(spec: DataStoreCheck, context: CheckContext) -> Observation:
    """Passed when the store is listed and healthy."""

    async def health() -> Any:
        answer = await context.api("GET", spec.path, public=True)
        return json_object(answer, context, what=f"GET {spec.path}")

    stores = _stores(await context.shared.get(("GET", spec.path), health), spec.path)
    found = next((store for store in stores if (store.get("name"), store.get("kind")) == _named(spec)), None)
    if found is None:
        names = ", ".join(sorted(str(store.get("name")) for store in stores)) or "none"
        raise CheckProblem(f"GET {spec.path}: {spec.store_kind} {spec.store!r} is not listed; there are: {names}")
    if found.get("status") != "healthy":
        reason = found.get("reason") or found.get("status")
        # A store may be starting, or a permission be too new.
        raise CheckProblem(f"the functions do not reach {spec.store_kind} {spec.store!r}: {reason}", retry=True)
    latency = found.get("latencyMs")
    return Observation(
        verdict=Verdict.PASSED,
        message=f"{spec.store_kind} {spec.store!r} answers the functions in {latency} ms",
        latency_ms=round(latency) if isinstance(latency, int | float) else None,
        evidence={"store": spec.store, "kind": spec.store_kind},
    )


def _named(spec: DataStoreCheck) -> tuple[str, str]:
    return spec.store, spec.store_kind


def _stores(document: Any, path: str) -> list[dict[str, Any]]:
    stores = document.get("dataStores") if isinstance(document, dict) else None
    if not isinstance(stores, list) or not all(isinstance(store, dict) for store in stores):
        raise CheckProblem(f"GET {path}: no list of dataStores")
    return stores
