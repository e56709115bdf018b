"""A test alert goes its way: published to the topic, seen in the queue that is subscribed to test alerts only."""

from __future__ import annotations

import asyncio
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


async def run(spec: AlertCheck, context: CheckContext) -> Observation:
    """Passed when the alert arrived; failed when it did not within the attempt."""
    name = spec.topic_arn.rpartition(":")[2]
    token = f"{context.run_id}-{uuid.uuid4()}"
    began = time.monotonic()
    await ask(
        context, "sns", "publish", subject=spec.topic_arn, TopicArn=spec.topic_arn, Subject="Acinaces: test alert",
        Message=f"Test alert {token}: verification looks whether alerts arrive. Nothing is to be done.",
        MessageAttributes={spec.attribute: {"DataType": "String", "StringValue": token}},
    )  # fmt: skip
    while context.remaining_s > _LONG_POLL_S + _RESERVE_S:
        message = next((one for one in await _received(spec, context) if token in one.get("Body", "")), None)
        if message is not None:
            latency_ms = round((time.monotonic() - began) * 1000)
            await _remove(spec, context, message)
            return Observation(
                verdict=Verdict.PASSED,
                message=f"{name}: a test alert arrived after {latency_ms} ms",
                latency_ms=latency_ms,
                evidence={"topic": spec.topic_arn, "token": token},
            )
        # Other runs' alerts may be in the queue, which makes a long poll a short one.
        await asyncio.sleep(_PAUSE_S)
    waited_s = time.monotonic() - began
    raise CheckProblem(f"{name}: a test alert did not arrive within {waited_s:.0f} s")


async def _received(spec: AlertCheck, context: CheckContext) -> list[dict[str, Any]]:
    """Messages, left visible: they may be for another check of this or of another run."""
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
