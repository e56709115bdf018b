"""A page of the site: 200, HTML, never cached, and this release's build."""

from __future__ import annotations

from lambda_src.verification.checks.file_headers import never_cached_problem
from lambda_src.verification.checks.html import read_page
from lambda_src.verification.context import CheckContext
from lambda_src.verification.plan import SitePageCheck
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict


async def run(spec: SitePageCheck, context: CheckContext) -> Observation:
    """Passed when the page is the one that this release published, with the headers of a page."""
    what = f"page {spec.path}"
    answer = await context.site(spec.path)
    if answer.status != 200:
        raise CheckProblem(f"{what}: HTTP {answer.status}: {context.excerpt(answer)}", retry=answer.retryable)
    if answer.content_type != "text/html":
        raise CheckProblem(f"{what}: content type {answer.content_type or 'missing'!r}, expected text/html")
    build_id = read_page(answer.body).build_id
    if spec.build_id is not None and build_id != spec.build_id:
        # The edge may still hold the former release's page.
        raise CheckProblem(f"{what}: carries build {build_id!r}, expected {spec.build_id!r}", retry=True)
    problem = never_cached_problem(answer)
    if problem:
        raise CheckProblem(f"{what}: {problem}")
    return Observation(
        verdict=Verdict.PASSED,
        message=f"{what}: HTTP 200 in {answer.latency_ms} ms, build {build_id}",
        latency_ms=answer.latency_ms,
        evidence={"path": spec.path, "build_id": build_id, "cache_control": answer.headers.get("cache-control", "")},
    )
