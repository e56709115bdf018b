"""A burst of requests: throttling answers it with 429. Bounded by the plan, and ended as soon as that was seen."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

from lambda_src.verification.context import CheckContext
from lambda_src.verification.specs.security import BurstCheck
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict


async def run(spec: BurstCheck, context: CheckContext) -> Observation:
    """Passed when enough requests were answered with 429 and every other one with 200."""
    began = time.monotonic()
    burst = _Burst(spec, context)
    async with asyncio.TaskGroup() as group:
        for _ in range(min(spec.concurrency, spec.requests)):
            group.create_task(burst.send())
    elapsed_ms = round((time.monotonic() - began) * 1000)
    seen = {str(status): times for status, times in sorted(burst.statuses.items())}
    evidence = {"path": spec.path, "sent": burst.sent, "statuses": seen, "elapsed_ms": elapsed_ms}
    counted = ", ".join(f"{times} times HTTP {status}" for status, times in seen.items())
    message = f"GET {spec.path}, {burst.sent} requests, {spec.concurrency} at once, in {elapsed_ms} ms: {counted}"
    strange = set(burst.statuses) - {200, 429}
    if burst.problems or strange:
        also = f"; {burst.problems[0]}" if burst.problems else ""
        return Observation(
            verdict=Verdict.FAILED, message=f"{message}; only 200 and 429 were expected{also}", evidence=evidence
        )
    throttled = burst.statuses[429]
    if throttled < spec.throttled:
        few = "none was throttled" if not throttled else f"only {throttled} were throttled"
        return Observation(verdict=Verdict.FAILED, message=f"{message}; {few}", evidence=evidence)
    return Observation(verdict=Verdict.PASSED, message=message, evidence=evidence)


class _Burst:
    """What all senders share."""

    def __init__(self, spec: BurstCheck, context: CheckContext) -> None:
        self._spec = spec
        self._context = context
        self.sent = 0
        self.statuses: Counter[int] = Counter()
        self.problems: list[str] = []

    async def send(self) -> None:
        """Sends until all are sent, enough were throttled, or one was not answered."""
        while self.sent < self._spec.requests and self.statuses[429] < self._spec.throttled and not self.problems:
            self.sent += 1
            try:
                answer = await self._context.api("GET", self._spec.path)
            except CheckProblem as problem:
                self.problems.append(str(problem))
                return
            self.statuses[answer.status] += 1
