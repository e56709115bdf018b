"""AWS as a check asks it: beside the event loop, and with a verdict for every way in which it does not answer."""

from __future__ import annotations

from typing import Any, Final

from lambda_src.verification.aws import AwsProblem
from lambda_src.verification.context import CheckContext
from lambda_src.verification.threads import in_daemon_thread
from lambda_src.verification.verdicts import CheckProblem, Verdict

# What passes by itself: permissions that are seconds old, and too many calls at once.
PASSING: Final = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "LimitExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
    }
)

# What was asked about does not exist: that is a finding, and no failure to measure.
NOT_THERE: Final = frozenset(
    {
        "AWS.SimpleQueueService.NonExistentQueue",
        "DashboardNotFoundError",
        "NoSuchDistribution",
        "NoSuchHostedZone",
        "NotFound",
        "NotFoundException",
        "QueueDoesNotExist",
        "ResourceNotFound",
        "ResourceNotFoundException",
    }
)


async def ask(context: CheckContext, service: str, operation: str, *, subject: str, **parameters: Any) -> Any:
    """AWS's answer to one call of boto3's `operation`; `subject` names in messages what was asked about.

    Raises AwsProblem, which ends the attempt as an error; CheckProblem, an error that is retried inside the plan's
    window, for what may pass by itself, and a failure where the thing asked about does not exist.
    """
    try:
        return await in_daemon_thread(lambda: context.aws.call(service, operation, subject, **parameters))
    except AwsProblem as problem:
        if problem.code in PASSING:
            raise CheckProblem(str(problem), verdict=Verdict.ERROR, retry=True) from None
        if problem.code in NOT_THERE:
            raise CheckProblem(str(problem)) from None
        raise


async def pages(
    context: CheckContext,
    service: str,
    operation: str,
    *,
    subject: str,
    items: str,
    token: str = "NextToken",  # noqa: S107 - the name of a field
    **parameters: Any,
) -> list[Any]:
    """All `items` of a call that answers page by page; `token` is the field that leads on, in both directions."""
    found: list[Any] = []
    further: dict[str, Any] = {}
    while True:
        answer = await ask(context, service, operation, subject=subject, **parameters, **further)
        found.extend(answer.get(items) or [])
        if not answer.get(token):
            return found
        further = {token: answer[token]}
