"""Requests that make data for alarms, traces and logs; checks that ask for the same ones at once share them."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from lambda_src.verification.context import CheckContext
from lambda_src.verification.specs.monitoring import Traffic
from lambda_src.verification.verdicts import CheckProblem, Verdict

# Seconds in which one burst serves everybody; a minute of CloudWatch needs no more.
_SHARED_S: Final = 3.0


async def send(traffic: Traffic, context: CheckContext) -> float:
    """Sends the requests; returns when they began, in epoch seconds by this machine's clock.

    Their status is other checks' business. Raises CheckProblem, an error, where not one was answered.
    """

    async def burst() -> float:
        began = time.time()
        calls = [context.api("GET", traffic.path, public=traffic.public) for _ in range(traffic.requests)]
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        problems = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        if len(problems) == len(outcomes):
            reason = f"no traffic could be sent, GET {traffic.path}: {problems[0]}"
            raise CheckProblem(reason, verdict=Verdict.ERROR, retry=True)
        return began

    key = ("traffic", traffic.path, traffic.public)
    return await context.shared.get(key, burst, fresh_s=_SHARED_S)
