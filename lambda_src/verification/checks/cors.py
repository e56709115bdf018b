"""Which origins a browser lets call the API: the site's, and no other."""

from __future__ import annotations

from lambda_src.verification.context import CheckContext
from lambda_src.verification.http import Answer
from lambda_src.verification.specs.edge import CorsCheck
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict


async def run(spec: CorsCheck, context: CheckContext) -> Observation:
    """Passed when the preflight and the answer itself are good for the site's origin only."""
    own = await _preflight(spec, context, spec.origin)
    problem = _problem_of_own(spec, own)
    if problem:
        raise CheckProblem(f"preflight of {spec.path} from {spec.origin}: {problem}", retry=own.retryable)
    answer = await context.api("GET", spec.path, headers={"Origin": spec.origin})
    if answer.status != 200:
        raise CheckProblem(f"GET {spec.path} from {spec.origin}: HTTP {answer.status}", retry=answer.retryable)
    if _allowed(answer) != spec.origin:
        raise CheckProblem(f"GET {spec.path} from {spec.origin}: {_shown(answer)}, expected the origin")
    for origin in spec.foreign_origins:
        for what, foreign in (
            (f"preflight of {spec.path}", await _preflight(spec, context, origin)),
            (f"GET {spec.path}", await context.api("GET", spec.path, headers={"Origin": origin})),
        ):
            if _lets_in(foreign, origin):
                raise CheckProblem(f"{what} from {origin}: {_shown(foreign)}, which lets that site's pages in")
    return Observation(
        verdict=Verdict.PASSED,
        message=f"{spec.path}: pages of {spec.origin} may call, those of {len(spec.foreign_origins)} others may not",
        latency_ms=own.latency_ms,
        evidence={"origin": spec.origin, "refused": list(spec.foreign_origins)},
    )


async def _preflight(spec: CorsCheck, context: CheckContext, origin: str) -> Answer:
    # As a browser: without the key, which only the request itself carries.
    return await context.api(
        "OPTIONS",
        spec.path,
        public=True,
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": spec.methods[-1],
            "Access-Control-Request-Headers": ",".join(spec.headers),
        },
    )


def _problem_of_own(spec: CorsCheck, answer: Answer) -> str | None:
    if answer.status not in (200, 204):
        return f"HTTP {answer.status}"
    if _allowed(answer) != spec.origin:
        return f"{_shown(answer)}, expected the origin"
    for header, asked in (
        ("access-control-allow-methods", spec.methods),
        ("access-control-allow-headers", spec.headers),
    ):
        listed = {part.strip().lower() for part in answer.headers.get(header, "").split(",")}
        lacking = [name for name in asked if name.lower() not in listed]
        if lacking:
            return f"{header} lacks {', '.join(lacking)}"
    return None


def _lets_in(answer: Answer, origin: str) -> bool:
    """Whether a browser would hand this answer to a page of `origin`; several values are as good as none to it."""
    return _allowed(answer) in ("*", origin)


def _allowed(answer: Answer) -> str:
    return answer.headers.get("access-control-allow-origin", "").strip()


def _shown(answer: Answer) -> str:
    return f"access-control-allow-origin {_allowed(answer)[:100]!r}"
