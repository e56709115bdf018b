"""Security headers of the site's pages."""

from __future__ import annotations

from typing import Final

from lambda_src.verification.checks.security_headers import (
    content_policy_problem,
    framing_problem,
    referrer_problem,
    sniffing_problem,
    transport_problem,
)
from lambda_src.verification.context import CheckContext
from lambda_src.verification.http import Answer
from lambda_src.verification.specs.edge import SiteHeadersCheck
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict

_UNKNOWN: Final = "/there-is-no-such-page"


async def run(spec: SiteHeadersCheck, context: CheckContext) -> Observation:
    """Passed when every page, and what is shown for an unknown address, carries every header."""
    problems: list[str] = []
    for path in (*spec.paths, _UNKNOWN):
        answer = await context.site(path, truncate=True)
        expected = 404 if path == _UNKNOWN else 200
        if answer.status != expected:
            raise CheckProblem(f"page {path}: HTTP {answer.status}, expected {expected}", retry=answer.retryable)
        problems += [f"page {path}: {problem}" for problem in _problems(answer, spec)]
    if problems:
        more = f"; and {len(problems) - 5} more" if len(problems) > 5 else ""
        # The edge takes minutes to learn a new header policy.
        raise CheckProblem("; ".join(problems[:5]) + more, retry=True)
    return Observation(
        verdict=Verdict.PASSED,
        message=f"{len(spec.paths) + 1} pages with policy for content, transport, framing, sniffing and referrer",
        evidence={"pages": [*spec.paths, _UNKNOWN]},
    )


def _problems(answer: Answer, spec: SiteHeadersCheck) -> list[str]:
    headers = answer.headers
    found = (
        content_policy_problem(headers),
        transport_problem(headers, min_age_s=spec.min_hsts_s),
        sniffing_problem(headers),
        framing_problem(headers),
        referrer_problem(headers),
    )
    return [problem for problem in found if problem]
