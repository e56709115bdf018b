"""Running a plan in tests, without a gate around it."""

from __future__ import annotations

from typing import Any

from lambda_src.verification.engine import RunOptions, run_plan
from lambda_src.verification.plan import AnyCheck, ApiEndpointCheck, Plan, Targets
from lambda_src.verification.verdicts import CheckResult, Report
from tests.faults.support.fake_aws import FakeAws

RUN_ID = "0123456789ab"


def endpoint(path: str = "/health", *, name: str = "api/health", **changes: Any) -> ApiEndpointCheck:
    """A check of one path, public and patient about latency."""
    values: dict[str, Any] = {
        "name": name,
        "group": "api",
        "category": "health",
        "path": path,
        "public": True,
        "remedy": "Look into the log.",
        "max_latency_ms": 60_000,
    }
    return ApiEndpointCheck(**(values | changes))


def plan_of(url: str, *checks: AnyCheck, **changes: Any) -> Plan:
    """A plan of these checks against one loopback server; no retries unless the test gives a window."""
    targets = Targets(api_url=url, allow_loopback=True, **changes.pop("targets", {}))
    values = {"environment": "local", "targets": targets, "consistency_window_s": 0, "total_deadline_s": 20}
    return Plan(**(values | changes), checks=checks or (endpoint(),))


def run(plan: Plan, *, aws: FakeAws | None = None, first_pause_s: float = 0.01, **options: Any) -> Report:
    """Runs with short pauses between attempts; `runners` and `lookup` go to the engine."""
    engine = {name: options.pop(name) for name in ("runners", "lookup") if name in options}
    run_options = RunOptions(run_id=RUN_ID, first_pause_s=first_pause_s, **options)
    return run_plan(plan, aws=aws or FakeAws(), options=run_options, **engine)


def only(report: Report) -> CheckResult:
    """The result of a run of one check."""
    (result,) = report.checks
    return result
