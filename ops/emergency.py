"""The emergency stop (M34, M36): orders refused, people told, the rollback started; and trading resumed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from ops.aws import explained
from ops.errors import ExitCode, OperatorError
from ops.surroundings import Surroundings

OFF: Final = "off"
# Seconds after which every function has read the parameter anew (lambda_src.platform_common.emergency.FRESH_S).
REFUSED_WITHIN_S: Final = 2
# SSM takes 4096 characters, and a subject of SNS 100.
_LONGEST_REASON: Final = 1000


@dataclass(frozen=True, kw_only=True)
class Stopped:
    """What was set off. `execution`: ARN of the rollback's execution; empty where none was wanted."""

    at: str
    execution: str = ""


def parameter_of(environment: str) -> str:
    """The stop's parameter, which functions read before they take an order."""
    return f"/acinaces/{environment}/emergency-stop"


def why_stopped(around: Surroundings) -> str:
    """The stop's value; empty while it is off. Raises OperatorError where AWS cannot be asked."""
    client, name = around.client("ssm"), parameter_of(around.name)
    with explained(around.environment, f"reading {name}"):
        try:
            value = str(client.get_parameter(Name=name)["Parameter"]["Value"])
        except client.exceptions.ParameterNotFound:
            return ""
    return "" if value.strip().lower() == OFF else value


def pull(around: Surroundings, *, reason: str, by: str, rollback: bool) -> Stopped:
    """Stops orders, then tells people and starts the rollback; each is tried whatever becomes of the other.

    The rollback is the alarm's state machine: it goes on whatever happens to this machine, waits for a deployment that
    is under way, and goes back to where `acinaces rollback release` would.

    Raises:
        OperatorError: orders could not be stopped (exit code 3), or they are and something after it failed (6).
    """
    at = datetime.now(UTC).isoformat(timespec="seconds")
    # `rollback` is for the health schedule, which would otherwise raise the rollback alarm on its own.
    value = json.dumps({"reason": reason[:_LONGEST_REASON], "at": at, "by": by, "rollback": rollback})
    with explained(around.environment, "stopping orders"):
        around.client("ssm").put_parameter(Name=parameter_of(around.name), Value=value, Type="String", Overwrite=True)
    problems: list[str] = []
    execution = ""
    if rollback:
        execution = _tried("the rollback was not started", lambda: _start(around, reason=reason, by=by), problems)
    subject = f"EMERGENCY STOP of {around.name}"
    text = f"{subject} by {by} at {at}\nWhy: {reason}\nOrders are refused."
    text += f"\nRollback: {execution or 'not started'}\nTo go on: acinaces resume --env {around.name}"
    _tried("nobody was told", lambda: _tell(around, subject=subject, text=text), problems)
    if problems:
        raise OperatorError(
            f"orders are refused in {around.name}, but {'; '.join(problems)}",
            error="emergency-incomplete",
            next_step=f"acinaces rollback release --env {around.name}",
            code=ExitCode.PARTIAL,
        )
    return Stopped(at=at, execution=execution)


def resume(around: Surroundings, *, by: str) -> None:
    """Takes orders again, and tells people. Raises OperatorError where AWS refuses."""
    with explained(around.environment, "taking orders again"):
        around.client("ssm").put_parameter(Name=parameter_of(around.name), Value=OFF, Type="String", Overwrite=True)
    subject, problems = f"Trading in {around.name} is resumed", list[str]()
    _tried("nobody was told", lambda: _tell(around, subject=subject, text=f"{subject}, by {by}"), problems)
    if problems:
        raise OperatorError(
            f"orders are taken again in {around.name}, but {problems[0]}",
            error="emergency-incomplete",
            next_step="tell people by other means",
            code=ExitCode.PARTIAL,
        )


def _start(around: Surroundings, *, reason: str, by: str) -> str:
    arn = _arn(around, "states", f"stateMachine:{around.environment.resource_name('rollback')}")
    document = json.dumps({"reason": f"emergency stop by {by}: {reason}"[:_LONGEST_REASON]})
    return str(around.client("stepfunctions").start_execution(stateMachineArn=arn, input=document)["executionArn"])


def _tell(around: Surroundings, *, subject: str, text: str) -> str:
    topic = _arn(around, "sns", around.environment.resource_name("alerts-critical"))
    answer = around.client("sns").publish(TopicArn=topic, Subject=subject[:100], Message=text)
    return str(answer["MessageId"])


def _arn(around: Surroundings, service: str, resource: str) -> str:
    aws = around.environment.aws
    # China and GovCloud have partitions of their own; the region tells which.
    partition = {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(aws.region.rpartition("-")[0].rpartition("-")[0], "aws")
    return f"arn:{partition}:{service}:{aws.region}:{aws.account}:{resource}"


def _tried(otherwise: str, call: Callable[[], str], problems: list[str]) -> str:
    """What `call` returns; where it fails, `problems` says so and the rest goes on."""
    try:
        return call()
    except (ClientError, BotoCoreError) as error:
        problems.append(f"{otherwise}: {error}")
        return ""
