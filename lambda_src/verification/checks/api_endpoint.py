"""GET one path of the API: status, JSON shape, latency."""

from __future__ import annotations

from lambda_src.verification.checks.json_answers import different, json_object, missing_or_wrong
from lambda_src.verification.context import CheckContext
from lambda_src.verification.plan import ApiEndpointCheck
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict


async def run(spec: ApiEndpointCheck, context: CheckContext) -> Observation:
    """Passed when the answer has the expected status, is JSON of the expected shape and came in time."""
    what = f"GET {spec.path}"
    answer = await context.api("GET", spec.path, public=spec.public)
    value = json_object(answer, context, what=what, status=(spec.expected_status,))
    shape, state = missing_or_wrong(value, spec.required), different(value, spec.expected)
    if shape or state:
        message = f"{what}: HTTP {answer.status}, but {'; '.join(shape + state)}: {context.excerpt(answer)}"
        # A shape stays what it is; a database that is not well may be so for a moment.
        raise CheckProblem(message, retry=not shape)
    evidence = {"path": spec.path, "status": answer.status, "category": spec.category, "bytes": len(answer.body)}
    if answer.latency_ms > spec.max_latency_ms:
        return Observation(
            verdict=Verdict.FAILED,
            message=f"{what}: HTTP {answer.status} in {answer.latency_ms} ms; the limit is {spec.max_latency_ms} ms",
            # The first call of a new version starts cold; a slow warm one stays slow.
            retry=True,
            latency_ms=answer.latency_ms,
            evidence=evidence,
        )
    return Observation(
        verdict=Verdict.PASSED,
        message=f"{what}: HTTP {answer.status} in {answer.latency_ms} ms",
        latency_ms=answer.latency_ms,
        evidence=evidence,
    )
