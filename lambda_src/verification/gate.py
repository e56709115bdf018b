"""The release's gate: a custom resource behind CDK's Provider. Lambda handler: `lambda_src.verification.gate.on_event`.

What it must keep to:

- A release that fails its checks fails here, and CloudFormation puts everything back.
- While the stack rolls back it is called again with the old properties: it observes and succeeds, whatever it sees,
  because failing then would leave UPDATE_ROLLBACK_FAILED.
- Delete succeeds without network, and without the rest of this package: a broken layer must not block it.

So this module imports the standard library only, and the rest when it is needed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any

# Seconds kept of Lambda's time for removing rows, storing the report and answering.
_RESERVE_S = 20.0


class ReleaseStopped(Exception):
    """Raised to CDK's Provider, which answers FAILED with this message as the reason."""


def on_event(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """CDK Provider's `on_event`: runs the plan on Create and Update, observes during a rollback, ignores Delete.

    Returns `PhysicalResourceId` and `Data` (Verdict, Summary, ReportKey, Passed, Failed, DurationMs; all strings).
    Raises ReleaseStopped for a release that its checks stop, or that could not be checked.
    """
    ends_at = time.monotonic() + max(context.get_remaining_time_in_millis() / 1000 - _RESERVE_S, 0)
    if event.get("RequestType") == "Delete":
        # The Provider refuses another id than the one it sent.
        return {"PhysicalResourceId": event.get("PhysicalResourceId") or _physical_id(event)}
    log_group = str(getattr(context, "log_group_name", "") or "unknown")
    try:
        data = _judge(event, log_group=log_group, ends_at=ends_at)
    except ReleaseStopped:
        raise
    except Exception as exc:  # noqa: BLE001 - whatever it was, CloudFormation gets an answer it can show
        # Without the cause: its text may quote what it was given, and Lambda logs the whole chain.
        raise ReleaseStopped(
            f"Release gate: the gate itself failed with {type(exc).__name__}: {_safe(exc)}. Log: {log_group}"
        ) from None
    return {"PhysicalResourceId": event.get("PhysicalResourceId") or _physical_id(event), "Data": data}


def _judge(event: Mapping[str, Any], *, log_group: str, ends_at: float) -> dict[str, str]:
    from lambda_src.verification.aws import BotoAws

    aws = BotoAws()
    status, status_problem = _stack_status(aws, event, ends_at=ends_at)
    if "ROLLBACK" in status:
        return _observe(event, aws=aws, status=status, ends_at=ends_at)
    from lambda_src.verification import gate_run

    outcome = gate_run.verify(
        event,
        aws=aws,
        log_group=log_group,
        ends_at=ends_at,
        # The authority that boto3 is told to trust, where there is one of our own.
        extra_ca_file=os.environ.get("AWS_CA_BUNDLE"),
        notes=(status_problem,) if status_problem else (),
    )
    if outcome.stop_reason is not None:
        raise ReleaseStopped(outcome.stop_reason)
    return outcome.data


def _stack_status(aws: Any, event: Mapping[str, Any], *, ends_at: float) -> tuple[str, str | None]:
    """The own stack's status, or empty with the reason why it is unknown: then this is taken for a release."""
    from lambda_src.verification.threads import call_with_timeout

    stack = str(event.get("StackId") or event.get("ResourceProperties", {}).get("StackName") or "")
    try:
        left = max(ends_at - time.monotonic(), 1)
        return call_with_timeout(lambda: aws.stack_status(stack), timeout_s=left, what="DescribeStacks"), None
    except Exception as exc:  # noqa: BLE001 - without an answer the checks decide; the report says so
        return "", f"the stack's status is unknown, so a rollback would not have been noticed: {exc}"


def _observe(event: Mapping[str, Any], *, aws: Any, status: str, ends_at: float) -> dict[str, str]:
    """Looks at the old release and succeeds, also when looking fails."""
    try:
        from lambda_src.verification import gate_run

        ca_file = os.environ.get("AWS_CA_BUNDLE")
        return gate_run.observe(event, aws=aws, status=status, ends_at=ends_at, extra_ca_file=ca_file)
    except Exception as exc:  # noqa: BLE001 - nothing may fail a rollback
        summary = f"observed: the stack is in {status}; looking at it failed with {type(exc).__name__}"
        return {
            "Verdict": "observed",
            "Summary": summary,
            "ReportKey": "",
            "Passed": "0",
            "Failed": "0",
            "DurationMs": "0",
        }


def _physical_id(event: Mapping[str, Any]) -> str:
    environment = (event.get("ResourceProperties") or {}).get("Environment") or "unknown"
    return f"gate-{environment}"


def _safe(exc: Exception) -> str:
    try:
        from lambda_src.verification.redaction import Redactor

        return Redactor().excerpt(str(exc), length=500)
    except ImportError:
        return "(no details: the package is incomplete)"
