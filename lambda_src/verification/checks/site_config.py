"""The site's configuration file: generated for this environment, and never cached."""

from __future__ import annotations

from lambda_src.verification.checks.file_headers import content_type_problem, never_cached_problem
from lambda_src.verification.checks.json_answers import json_object
from lambda_src.verification.context import CheckContext
from lambda_src.verification.plan import SiteConfigCheck
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict


async def run(spec: SiteConfigCheck, context: CheckContext) -> Observation:
    """Passed when every expected key has its value."""
    what = f"configuration {spec.path}"
    answer = await context.site(spec.path)
    value = json_object(answer, context, what=what)
    if not isinstance(value, dict):
        raise CheckProblem(f"{what}: not an object: {context.excerpt(answer)}")
    different = [
        f"{key} is {str(value.get(key))[:100]!r}, expected {expected!r}"
        for key, expected in spec.expected.items()
        if value.get(key) != expected
    ]
    if different:
        # The edge may still hold the former release's file.
        raise CheckProblem(f"{what}: {'; '.join(different)}", retry=True)
    problem = content_type_problem(spec.path, answer) or never_cached_problem(answer)
    if problem:
        raise CheckProblem(f"{what}: {problem}")
    return Observation(
        verdict=Verdict.PASSED,
        message=f"{what}: belongs to this environment",
        latency_ms=answer.latency_ms,
        evidence={key: value[key] for key in spec.expected},
    )
