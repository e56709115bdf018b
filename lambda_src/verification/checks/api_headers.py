"""Security headers of the API's answers."""

from __future__ import annotations

from lambda_src.verification.checks.security_headers import sniffing_problem, storage_problem, transport_problem
from lambda_src.verification.context import CheckContext
from lambda_src.verification.http import Answer
from lambda_src.verification.specs.security import ApiHeadersCheck
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict


async def run(spec: ApiHeadersCheck, context: CheckContext) -> Observation:
    """Passed when all answers carry all headers: data, a problem document, and the refusal of a call without key."""
    answers = {f"GET {path}": await context.api("GET", path) for path in spec.paths}
    for what, answer in answers.items():
        if answer.status != 200:
            raise CheckProblem(
                f"{what}: HTTP {answer.status}, expected 200: {context.excerpt(answer)}", retry=answer.retryable
            )
    unknown = f"{spec.paths[0]}/nothing-is-here"
    answers[f"GET {unknown}"] = await context.api("GET", unknown)
    answers[f"GET {spec.paths[0]} without key"] = await context.api("GET", spec.paths[0], public=True)
    problems = [f"{what}: {problem}" for what, answer in answers.items() for problem in _problems(answer, spec)]
    if problems:
        more = f"; and {len(problems) - 5} more" if len(problems) > 5 else ""
        raise CheckProblem("; ".join(problems[:5]) + more)
    return Observation(
        verdict=Verdict.PASSED,
        message=f"{len(answers)} answers with nosniff, no-store and strict transport security",
        evidence={"answers": {what: answer.status for what, answer in answers.items()}},
    )


def _problems(answer: Answer, spec: ApiHeadersCheck) -> list[str]:
    found = (
        sniffing_problem(answer.headers),
        storage_problem(answer.headers),
        transport_problem(answer.headers, min_age_s=spec.min_hsts_s),
    )
    return [problem for problem in found if problem]
