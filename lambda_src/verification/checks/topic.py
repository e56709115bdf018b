"""A topic's subscriptions: one gets every alarm, and its owner has confirmed it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lambda_src.verification.calls import ask, pages
from lambda_src.verification.context import CheckContext
from lambda_src.verification.specs.monitoring import TopicCheck
from lambda_src.verification.verdicts import Observation, Verdict

Subscription = Mapping[str, Any]


async def run(spec: TopicCheck, context: CheckContext) -> Observation:
    """Passed when there is a subscription, with `confirmed` one that is confirmed, that no filter keeps alarms from."""
    subscriptions = await context.shared.get(("subscriptions", spec.topic_arn), lambda: _listed(spec, context))
    return judge(spec, subscriptions)


def judge(spec: TopicCheck, subscriptions: Sequence[Subscription]) -> Observation:
    """The verdict on a topic with these subscriptions, as SNS lists them (FAULTS F28).

    What is not confirmed is named with the command that sends its confirmation again.
    """
    name = spec.topic_arn.rpartition(":")[2]
    confirmed = [one for one in subscriptions if _is_confirmed(one) and not one.get("FilterPolicy")]
    filtered = [one for one in subscriptions if one.get("FilterPolicy")]
    pending = [one for one in subscriptions if one.get("SubscriptionArn") == "PendingConfirmation"]
    evidence = {
        "topic": spec.topic_arn, "confirmed": len(confirmed), "filtered": len(filtered), "pending": len(pending)
    }  # fmt: skip
    if filtered and not confirmed:
        message = (
            f"{name}: {filtered[0].get('Endpoint')} has a filter policy, and alarms carry no attributes: "
            "they do not reach it"
        )
        return Observation(verdict=Verdict.FAILED, message=message, evidence=evidence)
    if not confirmed and not pending:
        return Observation(verdict=Verdict.FAILED, message=f"{name}: nobody is subscribed", evidence=evidence)
    again = "; ".join(resend(spec.topic_arn, one) for one in pending)
    if not confirmed and spec.confirmed:
        message = f"{name}: no subscription is confirmed; to send the confirmation again: {again}"
        return Observation(verdict=Verdict(spec.pending_is), message=message, evidence=evidence)
    waiting = f"; {len(pending)} pending, to send the confirmation again: {again}" if pending else ""
    return Observation(
        verdict=Verdict.PASSED,
        message=f"{name}: {len(confirmed)} of {len(subscriptions)} subscriptions confirmed{waiting}",
        evidence=evidence,
    )


def resend(topic_arn: str, subscription: Subscription) -> str:
    """The command that makes SNS ask the endpoint for its confirmation again."""
    return (
        f"aws sns subscribe --topic-arn {topic_arn} --protocol {subscription.get('Protocol')} "
        f"--notification-endpoint {subscription.get('Endpoint')}"
    )


async def _listed(spec: TopicCheck, context: CheckContext) -> list[Subscription]:
    listed = await pages(
        context, "sns", "list_subscriptions_by_topic", subject=spec.topic_arn, items="Subscriptions",
        TopicArn=spec.topic_arn,
    )  # fmt: skip
    return [{**one, "FilterPolicy": await _filter_of(one, context)} for one in listed]


async def _filter_of(subscription: Subscription, context: CheckContext) -> str | None:
    """The subscription's filter policy; one that is not confirmed yet has none to look at."""
    if not _is_confirmed(subscription):
        return None
    arn = subscription["SubscriptionArn"]
    answer = await ask(context, "sns", "get_subscription_attributes", subject=arn, SubscriptionArn=arn)
    found: str | None = answer["Attributes"].get("FilterPolicy")
    return found


def _is_confirmed(subscription: Subscription) -> bool:
    # SNS lists "PendingConfirmation", or "Deleted", in the place of the ARN.
    return str(subscription.get("SubscriptionArn", "")).startswith("arn:")
