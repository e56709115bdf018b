"""Tracing: switched on for what the aliases serve, and traffic seen in X-Ray."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from lambda_src.verification.calls import ask, pages
from lambda_src.verification.checks import traffic
from lambda_src.verification.context import CheckContext
from lambda_src.verification.specs.monitoring import TracesCheck, TracingCheck
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict

# This machine's clock may be ahead of X-Ray's.
_SKEW: Final = timedelta(seconds=60)


async def run_tracing(spec: TracingCheck, context: CheckContext) -> Observation:
    """Passed when every alias serves a version with active tracing."""

    async def mode(function: str) -> str:
        answer = await ask(
            context, "lambda", "get_function_configuration", subject=f"{function}:{spec.alias}",
            FunctionName=function, Qualifier=spec.alias,
        )  # fmt: skip
        return str((answer.get("TracingConfig") or {}).get("Mode"))

    modes = dict(zip(spec.functions, await asyncio.gather(*map(mode, spec.functions)), strict=True))
    silent = sorted(function for function, found in modes.items() if found != "Active")
    if silent:
        raise CheckProblem(f"tracing is not active: {', '.join(silent)}")
    return Observation(verdict=Verdict.PASSED, message=f"tracing is active for {len(modes)} functions")


async def run_traces(spec: TracesCheck, context: CheckContext) -> Observation:
    """Passed when X-Ray has a trace of the traffic sent. X-Ray samples, so none yet is inconclusive."""
    began = datetime.fromtimestamp(await traffic.send(spec.traffic, context), UTC)
    found: list[Any] = await pages(
        context, "xray", "get_trace_summaries", subject=spec.service, items="TraceSummaries",
        StartTime=began - _SKEW, EndTime=datetime.now(UTC) + _SKEW, FilterExpression=f'service("{spec.service}")',
    )  # fmt: skip
    if not found:
        message = f"no trace of {spec.service} yet, after GET {spec.traffic.path}"
        raise CheckProblem(message, verdict=Verdict.INCONCLUSIVE, retry=True)
    return Observation(
        verdict=Verdict.PASSED,
        message=f"{len(found)} traces of {spec.service}",
        evidence={"trace": str(found[0].get("Id", ""))},
    )
