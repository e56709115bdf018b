"""A dashboard exists and shows something."""

from __future__ import annotations

import json

from lambda_src.verification.calls import ask
from lambda_src.verification.context import CheckContext
from lambda_src.verification.specs.monitoring import DashboardCheck
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict


async def run(spec: DashboardCheck, context: CheckContext) -> Observation:
    """Passed when the dashboard is there and has widgets."""
    answer = await ask(context, "cloudwatch", "get_dashboard", subject=spec.dashboard, DashboardName=spec.dashboard)
    try:
        widgets = json.loads(str(answer.get("DashboardBody", ""))).get("widgets")
    except (ValueError, AttributeError):
        raise CheckProblem(f"dashboard {spec.dashboard}: its body is not a JSON object") from None
    if not widgets:
        raise CheckProblem(f"dashboard {spec.dashboard}: it is empty")
    return Observation(verdict=Verdict.PASSED, message=f"dashboard {spec.dashboard}: {len(widgets)} widgets")
