"""GET one path several times: the 95th percentile counts, so that one slow answer in many does not."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lambda_src.verification.context import CheckContext
from lambda_src.verification.specs.api import ApiLatencyCheck
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict


async def run(spec: ApiLatencyCheck, context: CheckContext) -> Observation:
    """Passed when the 95th percentile is within the limit; the calls of the warm-up are shown, and not counted."""
    warm_up = [await _call(spec, context) for _ in range(spec.warm_up)]
    measured = [await _call(spec, context) for _ in range(spec.samples)]
    p50, p95 = percentile(measured, 50), percentile(measured, 95)
    summary = f"GET {spec.path}: p50 {p50} ms, p95 {p95} ms in {len(measured)} calls"
    return Observation(
        verdict=Verdict.PASSED if p95 <= spec.max_p95_ms else Verdict.FAILED,
        message=summary if p95 <= spec.max_p95_ms else f"{summary}; the limit for p95 is {spec.max_p95_ms} ms",
        # Other functions of a new release start at the same time; slowness that stays is no start.
        retry=p95 > spec.max_p95_ms,
        latency_ms=p95,
        evidence={
            "path": spec.path,
            "p50_ms": p50,
            "p95_ms": p95,
            "limit_ms": spec.max_p95_ms,
            "measured_ms": measured,
            "warm_up_ms": warm_up,
        },
    )


def percentile(values: Sequence[int], percent: int) -> int:
    """The nearest-rank percentile: the smallest value that at least `percent` per cent of `values` do not exceed."""
    return sorted(values)[max(math.ceil(len(values) * percent / 100), 1) - 1]


async def _call(spec: ApiLatencyCheck, context: CheckContext) -> int:
    answer = await context.api("GET", spec.path, public=spec.public)
    if answer.status != 200:
        message = f"GET {spec.path}: HTTP {answer.status}, expected 200: {context.excerpt(answer)}"
        raise CheckProblem(message, retry=answer.retryable)
    return answer.latency_ms
