"""Plain HTTP leads to HTTPS, and nowhere else."""

from __future__ import annotations

from typing import Final
from urllib.parse import urljoin

from lambda_src.verification.context import CheckContext
from lambda_src.verification.specs.edge import HttpsRedirectCheck
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict

_REDIRECTS: Final = frozenset({301, 302, 307, 308})


async def run(spec: HttpsRedirectCheck, context: CheckContext) -> Observation:
    """Passed when every address is answered with a redirect to itself over HTTPS."""
    if spec.skip_reason:
        return Observation(verdict=Verdict.SKIPPED, message=spec.skip_reason)
    statuses: dict[str, int] = {}
    slowest = 0
    for path in spec.paths:
        url = f"http://{spec.host}{path}"
        answer = await context.http.request(
            "GET", url, timeout_s=context.remaining_s, follow_redirects=False, plain_http=True, truncate=True
        )
        if answer.status not in _REDIRECTS:
            raise CheckProblem(f"{url}: HTTP {answer.status}, expected a redirect to https", retry=answer.retryable)
        target = urljoin(url, answer.headers.get("location", ""))
        expected = f"https://{spec.host}{path}"
        if target != expected:
            raise CheckProblem(f"{url}: redirected to {target[:200]!r}, expected {expected}")
        statuses[path] = answer.status
        slowest = max(slowest, answer.latency_ms)
    return Observation(
        verdict=Verdict.PASSED,
        message=f"http://{spec.host} leads to https for {', '.join(statuses)}",
        latency_ms=slowest,
        evidence={"statuses": statuses},
    )
