"""Alarms reach people: one is raised for a test, and arrives; people's topics let through what its topic does."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from typing import Any, Final

from lambda_src.verification.aws import AwsProblem
from lambda_src.verification.calls import ask
from lambda_src.verification.context import CheckContext
from lambda_src.verification.specs.monitoring import AlertCheck
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict

_LONG_POLL_S: Final = 2
_PAUSE_S: Final = 0.2
# Kept of the attempt for its answer.
_RESERVE_S: Final = 1.0
# Another run may have set the alarm between this one's OK and ALARM: without a change nothing is sent.
_RAISE_AGAIN_AFTER_S: Final = 5.0


async def run(spec: AlertCheck, context: CheckContext) -> Observation:
    """Passed when the alarm arrived and people's topics are like its own; failed when it did not within the attempt."""
    await _compare_topics(spec, context)
    token = f"{context.run_id}-{uuid.uuid4()}"
    began, raised = time.monotonic(), float("-inf")
    while context.remaining_s > _LONG_POLL_S + _RESERVE_S:
        if time.monotonic() - raised > _RAISE_AGAIN_AFTER_S:
            await _set(spec, context, "OK", "Test alert: over")
            await _set(spec, context, "ALARM", f"Test alert {token}: nothing is to be done")
            raised = time.monotonic()
        message = next((one for one in await _received(spec, context) if token in one.get("Body", "")), None)
        if message is not None:
            latency_ms = round((time.monotonic() - began) * 1000)
            await _set(spec, context, "OK", "Test alert: over")
            await _remove(spec, context, message)
            return Observation(
                verdict=Verdict.PASSED,
                message=f"{spec.alarm}: a test alarm arrived after {latency_ms} ms",
                latency_ms=latency_ms,
                evidence={"alarm": spec.alarm, "topics": list(spec.topics), "token": token},
            )
        # Other runs' alerts may be in the queue, which makes a long poll a short one.
        await asyncio.sleep(_PAUSE_S)
    waited_s = time.monotonic() - began
    raise CheckProblem(f"{spec.alarm}: a test alarm did not arrive within {waited_s:.0f} s")


async def _compare_topics(spec: AlertCheck, context: CheckContext) -> None:
    """Refuses topics of people whose policy or key is not the test topic's: its alarms prove nothing about them."""
    expected = await _lets_through(spec.test_topic, context)
    for topic in spec.topics:
        found = await _lets_through(topic, context)
        different = [name for name, value in expected.items() if found[name] != value]
        if different:
            name = topic.rpartition(":")[2]
            raise CheckProblem(f"{name}: its {' and '.join(different)} differs from the test topic's")


async def _lets_through(topic: str, context: CheckContext) -> dict[str, Any]:
    """Who may publish to the topic, and the key that a publisher has to be allowed to use."""
    answer = await ask(context, "sns", "get_topic_attributes", subject=topic, TopicArn=topic)
    attributes = answer["Attributes"]
    statements = json.loads(attributes.get("Policy", "{}").replace(topic, "TOPIC")).get("Statement", [])
    for statement in statements:
        # CDK numbers them below the topic's own name; what they say is what counts.
        statement.pop("Sid", None)
    return {"policy": sorted(statements, key=json.dumps), "key": attributes.get("KmsMasterKeyId")}


async def _set(spec: AlertCheck, context: CheckContext, state: str, reason: str) -> None:
    await ask(
        context, "cloudwatch", "set_alarm_state", subject=spec.alarm, AlarmName=spec.alarm, StateValue=state,
        StateReason=reason,
    )  # fmt: skip


async def _received(spec: AlertCheck, context: CheckContext) -> list[dict[str, Any]]:
    """Messages, left visible: they may be for another run."""
    answer = await ask(
        context, "sqs", "receive_message", subject=spec.queue_url, QueueUrl=spec.queue_url, MaxNumberOfMessages=10,
        WaitTimeSeconds=_LONG_POLL_S, VisibilityTimeout=0,
    )  # fmt: skip
    messages: list[dict[str, Any]] = answer.get("Messages") or []
    return messages


async def _remove(spec: AlertCheck, context: CheckContext, message: dict[str, Any]) -> None:
    """Takes the message out; one that stays is removed by the queue's retention."""
    try:
        await ask(
            context, "sqs", "delete_message", subject=spec.queue_url, QueueUrl=spec.queue_url,
            ReceiptHandle=message["ReceiptHandle"],
        )  # fmt: skip
    except (CheckProblem, AwsProblem):
        # Another check may have seen it since: its handle is then no longer the message's.
        return
