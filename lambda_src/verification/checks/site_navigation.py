"""Walking through the site as a visitor does: from the first page, by links."""

from __future__ import annotations

from collections import deque

from lambda_src.verification.checks.links import links_to_pages
from lambda_src.verification.context import CheckContext
from lambda_src.verification.specs.edge import SiteNavigationCheck
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict


async def run(spec: SiteNavigationCheck, context: CheckContext) -> Observation:
    """Passed when every page of the plan was reached and no link led to nothing."""
    # Page -> the page on which it was first seen.
    seen: dict[str, str | None] = {spec.start: None}
    waiting = deque([spec.start])
    slowest = 0
    while waiting:
        path = waiting.popleft()
        answer = await context.site(path, truncate=True)
        if answer.status != 200:
            origin = f", linked on {seen[path]}" if seen[path] is not None else ""
            raise CheckProblem(f"{path}{origin}: HTTP {answer.status}", retry=answer.retryable)
        slowest = max(slowest, answer.latency_ms)
        if answer.content_type != "text/html":
            continue
        for target in links_to_pages(answer.url, answer.body):
            if target not in seen:
                seen[target] = path
                waiting.append(target)
        if len(seen) > spec.max_pages:
            raise CheckProblem(
                f"more than {spec.max_pages} pages are linked; raise max_pages of {spec.name}", verdict=Verdict.ERROR
            )
    lost = [page for page in spec.pages if page not in seen]
    if lost:
        # Old pages may still be at the edge, with the links of the release before.
        raise CheckProblem(f"no link leads from {spec.start} to {', '.join(lost)}", retry=True)
    return Observation(
        verdict=Verdict.PASSED,
        message=f"{len(seen)} pages reached from {spec.start} by links",
        latency_ms=slowest,
        evidence={"reached": {page: origin for page, origin in seen.items() if origin is not None}},
    )
