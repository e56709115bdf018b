"""The market moves: a quote's sequence is larger when it is read again."""

from __future__ import annotations

import asyncio
import time

from lambda_src.verification.checks.json_answers import json_object
from lambda_src.verification.context import CheckContext
from lambda_src.verification.specs.trading import MarketDataCheck
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict

_TICKS = 3


async def run(spec: MarketDataCheck, context: CheckContext) -> Observation:
    """Passed when a later quote has a larger sequence; failed when three ticks bring none."""
    first, latency_ms = await _sequence(spec, context)
    began = time.monotonic()
    readings = 1
    while True:
        await asyncio.sleep(min(spec.interval_s, context.remaining_s))
        latest, latest_ms = await _sequence(spec, context)
        readings, latency_ms = readings + 1, max(latency_ms, latest_ms)
        if latest < first:
            raise CheckProblem(f"GET {spec.path}: the sequence went back from {first} to {latest}")
        waited_s = time.monotonic() - began
        if latest > first:
            return Observation(
                verdict=Verdict.PASSED,
                message=f"GET {spec.path}: moved on from {first} to {latest} within {waited_s:.1f} s",
                latency_ms=latency_ms,
                evidence={"first": first, "latest": latest, "readings": readings},
            )
        if waited_s > _TICKS * spec.tick_s or context.remaining_s < spec.interval_s:
            raise CheckProblem(
                f"GET {spec.path}: stands still at {first} for {waited_s:.0f} s; a tick is {spec.tick_s:g} s"
            )


async def _sequence(spec: MarketDataCheck, context: CheckContext) -> tuple[int, int]:
    """The quote's sequence, and the milliseconds to its answer."""
    what = f"GET {spec.path}"
    answer = await context.api("GET", spec.path)
    value = json_object(answer, context, what=what)
    sequence = value.get("sequence") if isinstance(value, dict) else None
    if not isinstance(sequence, int) or isinstance(sequence, bool):
        raise CheckProblem(f"{what}: no sequence in {context.excerpt(answer)}")
    return sequence, answer.latency_ms
