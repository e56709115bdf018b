"""A topic's subscriptions: somebody is told, and has confirmed that he wants to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lambda_src.verification.calls import pages
from lambda_src.verification.context import CheckContext
from lambda_src.verification.specs.monitoring import TopicCheck
from lambda_src.verification.verdicts import Observation, Verdict

Subscription = Mapping[str, Any]


async def run(spec: TopicCheck, context: CheckContext) -> Observation:
    """Passed when there is a subscription, with `confirmed` one that is confirmed."""
    subscriptions = await context.shared.get(("subscriptions", spec.topic_arn), lambda: _listed(spec, context))
    return judge(spec, subscriptions)


def judge(spec: TopicCheck, subscriptions: Sequence[Subscription]) -> Observation:
    """The verdict on a topic with these subscriptions, as SNS lists them (FAULTS F28).

    What is not confirmed is named with the command that sends its confirmation again.
    """
    name = spec.topic_arn.rpartition(":")[2]
    people = [one for one in subscriptions if one.get("Endpoint") not in spec.ignored_endpoints]
    # SNS lists "PendingConfirmation", or "Deleted", in the place of the ARN.
    confirmed = [one for one in people if str(one.get("SubscriptionArn", "")).startswith("arn:")]
    pending = [one for one in people if one.get("SubscriptionArn") == "PendingConfirmation"]
    evidence = {"topic": spec.topic_arn, "confirmed": len(confirmed), "pending": len(pending)}
    if not confirmed and not pending:
        return Observation(verdict=Verdict.FAILED, message=f"{name}: nobody is subscribed", evidence=evidence)
    again = "; ".join(resend(spec.topic_arn, one) for one in pending)
    if not confirmed and spec.confirmed:
        message = f"{name}: no subscription is confirmed; to send the confirmation again: {again}"
        return Observation(verdict=Verdict(spec.pending_is), message=message, evidence=evidence)
    waiting = f"; {len(pending)} pending, to send the confirmation again: {again}" if pending else ""
    return Observation(
        verdict=Verdict.PASSED,
        message=f"{name}: {len(confirmed)} of {len(people)} subscriptions confirmed{waiting}",
        evidence=evidence,
    )


def resend(topic_arn: str, subscription: Subscription) -> str:
    """The command that makes SNS ask the endpoint for its confirmation again."""
    return (
        f"aws sns subscribe --topic-arn {topic_arn} --protocol {subscription.get('Protocol')} "
        f"--notification-endpoint {subscription.get('Endpoint')}"
    )


async def _listed(spec: TopicCheck, context: CheckContext) -> list[Subscription]:
    return await pages(
        context, "sns", "list_subscriptions_by_topic", subject=spec.topic_arn, items="Subscriptions",
        TopicArn=spec.topic_arn,
    )  # fmt: skip
