"""Every asset that the site's pages name: there, with the content type of its extension and the cache of its kind."""

from __future__ import annotations

import asyncio
from typing import Final

from lambda_src.verification.checks.file_headers import (
    changing_file_problem,
    content_type_problem,
    hashed_file_problem,
    is_hashed,
)
from lambda_src.verification.checks.html import own_assets, read_page
from lambda_src.verification.context import CheckContext
from lambda_src.verification.plan import SiteAssetsCheck
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict

# Like a browser's connections to one host.
_AT_ONCE: Final = 6
_SHOWN_PROBLEMS: Final = 5


async def run(spec: SiteAssetsCheck, context: CheckContext) -> Observation:
    """Passed when all assets are right; otherwise the message lists the first that are not."""
    paths, foreign = await _named_by(spec, context)
    if not paths:
        raise CheckProblem(f"the pages {', '.join(spec.pages)} name no asset: scripts and styles were expected")
    slots = asyncio.Semaphore(_AT_ONCE)

    async def check(path: str) -> CheckProblem | int:
        async with slots:
            try:
                return await _check_asset(path, spec, context)
            except CheckProblem as problem:
                return problem

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(check(path)) for path in paths]
    outcomes = [task.result() for task in tasks]
    problems = [outcome for outcome in outcomes if isinstance(outcome, CheckProblem)]
    if problems:
        raise _combined(problems, total=len(paths))
    slowest = max(outcome for outcome in outcomes if isinstance(outcome, int))
    return Observation(
        verdict=Verdict.PASSED,
        message=f"{len(paths)} assets, the slowest in {slowest} ms",
        latency_ms=slowest,
        evidence={"assets": len(paths), "foreign": foreign[:10]},
    )


async def _named_by(spec: SiteAssetsCheck, context: CheckContext) -> tuple[list[str], list[str]]:
    """Paths of the site's own assets, and foreign addresses (reported, never called)."""
    own = dict.fromkeys(spec.also)
    foreign = dict[str, None]()
    for page in spec.pages:
        answer = await context.site(page)
        if answer.status != 200:
            raise CheckProblem(f"page {page}: HTTP {answer.status}", retry=answer.retryable)
        paths, others = own_assets(answer.url, read_page(answer.body).addresses)
        own.update(dict.fromkeys(paths))
        foreign.update(dict.fromkeys(others))
    return list(own), list(foreign)


async def _check_asset(path: str, spec: SiteAssetsCheck, context: CheckContext) -> int:
    answer = await context.site(path, truncate=True)
    if answer.status != 200:
        raise CheckProblem(f"{path}: HTTP {answer.status}", retry=answer.retryable)
    hashed = path.startswith(spec.hashed_prefixes) and is_hashed(path, build_id=spec.build_id)
    problem = content_type_problem(path, answer) or (
        hashed_file_problem(answer) if hashed else changing_file_problem(answer)
    )
    if problem:
        raise CheckProblem(f"{path}: {problem}")
    if not answer.body:
        raise CheckProblem(f"{path}: is empty")
    return answer.latency_ms


def _combined(problems: list[CheckProblem], *, total: int) -> CheckProblem:
    shown = "; ".join(str(problem) for problem in problems[:_SHOWN_PROBLEMS])
    more = f"; and {len(problems) - _SHOWN_PROBLEMS} more" if len(problems) > _SHOWN_PROBLEMS else ""
    failed = any(problem.observation.verdict is Verdict.FAILED for problem in problems)
    return CheckProblem(
        f"{len(problems)} of {total} assets: {shown}{more}",
        verdict=Verdict.FAILED if failed else Verdict.ERROR,
        # One that waiting cannot mend decides.
        retry=all(problem.observation.retry for problem in problems),
    )
