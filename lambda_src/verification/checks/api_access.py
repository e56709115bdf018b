"""The API without its key, or with a wrong one: every path refuses, whatever the method."""

from __future__ import annotations

import asyncio
import secrets
from typing import Final

from lambda_src.verification.context import CheckContext
from lambda_src.verification.specs.security import ApiAccessCheck
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict

_REFUSALS: Final = frozenset({401, 403})
_METHODS: Final = ("GET", "POST", "DELETE")
_AT_ONCE: Final = 4


async def run(spec: ApiAccessCheck, context: CheckContext) -> Observation:
    """Passed when each path and method answers 401 or 403; the message of a failure names those that do not."""
    slots = asyncio.Semaphore(_AT_ONCE)
    # A new one each time: nobody can have made it valid.
    key = secrets.token_hex(20) if spec.key == "wrong" else None

    async def status_of(method: str, path: str) -> tuple[str, int]:
        async with slots:
            answer = await context.http.request(
                method,
                context.targets.api_url + path,
                headers={"Accept": "application/json", **({"x-api-key": key} if key else {})},
                # Not a valid body: where a path lets us in by mistake, nothing is created.
                json_body={} if method == "POST" else None,
                timeout_s=context.remaining_s,
            )
            return f"{method} {path}", answer.status

    calls = [(method, path) for path in spec.paths for method in _METHODS]
    answers = await asyncio.gather(*(status_of(method, path) for method, path in calls))
    how = "without a key" if key is None else "with a wrong key"
    wrong = [f"{what}: HTTP {status}" for what, status in answers if status not in _REFUSALS]
    if wrong:
        raise CheckProblem(
            f"{how}, {len(wrong)} of {len(answers)} calls were not refused: {'; '.join(wrong[:5])}",
            # Throttling and errors come before the key is looked at; anything else was let in.
            retry=all(status in _REFUSALS or status == 429 or status >= 500 for _, status in answers),
        )
    return Observation(
        verdict=Verdict.PASSED,
        message=f"{how}, all of {len(answers)} calls were refused",
        evidence={"paths": list(spec.paths), "methods": list(_METHODS)},
    )
