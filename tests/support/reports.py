"""Reports for tests of what is made of them."""

from __future__ import annotations

from typing import Any

from lambda_src.verification.plan import Policy
from lambda_src.verification.verdicts import CheckResult, Report, Verdict, count, overall, stops

STARTED = "2026-11-23T06:28:20.000+00:00"
FINISHED = "2026-11-23T06:28:33.211+00:00"


def result(name: str, verdict: Verdict = Verdict.FAILED, **changes: Any) -> CheckResult:
    """A critical check of the group that its name begins with."""
    values: dict[str, Any] = {
        "name": name,
        "group": name.partition("/")[0],
        "kind": "api_endpoint",
        "criticality": "critical",
        "verdict": verdict,
        "message": f"GET /{name}: HTTP {200 if verdict is Verdict.PASSED else 500}",
        "remedy": "" if verdict is Verdict.PASSED else f"Look into the log of {name}.",
        "attempts": 1,
        "latency_ms": 120 if verdict is Verdict.PASSED else None,
        "started": STARTED,
        "duration_ms": 130,
        "evidence": {},
    }
    return CheckResult(**(values | changes))


def report(*results: CheckResult, **changes: Any) -> Report:
    """A run of these checks in a release to `test`."""
    values: dict[str, Any] = {
        "kind": "update",
        "environment": "test",
        "release_id": "b71e2c9d00ffe812",
        "run_id": "0123456789ab",
        "verdict": overall(results),
        "stops_release": stops(results, Policy()),
        "started": STARTED,
        "finished": FINISHED,
        "duration_ms": 13_211,
        "counts": count(results),
        "checks": results,
    }
    return Report(**(values | changes))
