"""Verification between releases (M27). Lambda handler: `lambda_src.verification.scheduled.on_schedule`.

One schedule is a part of the plan that the last release stored: some groups, at the stage "schedule". A check that
fails is a number in a metric and a line in a report, for alarms to see: the function itself does not fail with it.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping
from typing import Any, Final

from lambda_src.verification.aws import Aws, AwsProblem, BotoAws
from lambda_src.verification.engine import RunOptions, run_plan
from lambda_src.verification.logs import log
from lambda_src.verification.metrics import STOPPED, emit, metrics_of
from lambda_src.verification.plan import Plan, PlanError
from lambda_src.verification.report import check_line, summary
from lambda_src.verification.threads import call_with_timeout
from lambda_src.verification.verdicts import Report, Verdict, utc_now

# Seconds kept of Lambda's time for cleaning up, storing the report and the metrics.
_RESERVE_S: Final = 15.0
_AWS_S: Final = 8.0
_LOGGED_CHECKS: Final = 10


def on_schedule(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Runs the schedule `event["schedule"]` over `event["groups"]` within `event["deadline_s"]`.

    Returns `schedule`, `verdict`, `summary` and `report` (its key, empty where it could not be stored). A plan that
    is not there, or that has no such checks, is the verdict "error": nothing was measured.
    """
    ends_at = time.monotonic() + max(context.get_remaining_time_in_millis() / 1000 - _RESERVE_S, 1)
    schedule = str(event["schedule"])
    environment, bucket = os.environ["ENVIRONMENT"], os.environ["REPORT_BUCKET"]
    aws = BotoAws(access_denied_retry_s=0)
    stop = _emergency_stop(aws, event.get("emergency_stop"))
    try:
        plan = _plan(aws, bucket, os.environ["PLAN_KEY"], groups=tuple(event["groups"]))
    except (PlanError, AwsProblem, TimeoutError) as exc:
        log("schedule.not_run", schedule=schedule, problem=str(exc))
        emit(environment=environment, schedule=schedule, values={"RunFailed": 1, **stop})
        return {"schedule": schedule, "verdict": Verdict.ERROR.value, "summary": str(exc), "report": ""}
    report = run_plan(
        plan,
        aws=aws,
        options=RunOptions(
            run_id=hashlib.sha256(str(context.aws_request_id).encode()).hexdigest()[:12],
            kind="schedule",
            deadline_s=min(float(event["deadline_s"]), ends_at - time.monotonic()),
            # What is seen now is the answer; the alarm decides how often in a row counts.
            retries=False,
            extra_ca_file=os.environ.get("AWS_CA_BUNDLE"),
            notes=(f"schedule {schedule}",),
        ),
    )
    # First: without its metrics a run never happened for the alarms.
    emit(environment=environment, schedule=schedule, values={**metrics_of(report, schedule=schedule), **stop})
    key = _store(aws, report, bucket=bucket, prefix=f"{os.environ['REPORT_PREFIX']}{schedule}/")
    _log(report, schedule=schedule, key=key)
    return {"schedule": schedule, "verdict": report.verdict.value, "summary": summary(report), "report": key}


def _plan(aws: Aws, bucket: str, key: str, *, groups: tuple[str, ...]) -> Plan:
    """The stored plan's part for these groups. Raises PlanError, AwsProblem, TimeoutError."""
    text = call_with_timeout(lambda: aws.get_object(bucket, key), timeout_s=_AWS_S, what="S3")
    if text is None:
        raise PlanError(f"s3://{bucket}/{key} is not there, or must not be read: the first release stores it")
    return Plan.from_json(text).select(stage="schedule", groups=groups)


def _emergency_stop(aws: Aws, parameter: str | None) -> dict[str, float]:
    """Whether a person has pulled the emergency stop (M36): anything but "off" is a stop.

    One that asks for no rollback (`emergency-stop --no-rollback`) stops orders alone, and is none here.
    Nothing where this schedule does not look, or where it cannot be read: that must not move a release.
    """
    if not parameter:
        return {}
    try:
        answer = call_with_timeout(
            lambda: aws.call("ssm", "get_parameter", parameter, Name=parameter), timeout_s=_AWS_S, what="SSM"
        )
    except (AwsProblem, TimeoutError) as exc:
        log("schedule.emergency_stop_unknown", parameter=parameter, problem=str(exc))
        return {}
    value = str(answer["Parameter"]["Value"]).strip()
    return {STOPPED: 0 if value.lower() == "off" or _only_orders(value) else 1}


def _only_orders(value: str) -> bool:
    """Whether the stop is for orders, and leaves the release where it is. What is no such document is a full stop."""
    try:
        document = json.loads(value)
    except ValueError:
        return False
    return isinstance(document, dict) and document.get("rollback") is False


def _store(aws: Aws, report: Report, *, bucket: str, prefix: str) -> str:
    """Stores the report under its time and as the latest; returns the key, empty where that failed."""
    body = json.dumps(report.model_dump(mode="json"), indent=1, ensure_ascii=False).encode("utf-8", errors="replace")
    # "2026-01-31T12:00:00.000+00:00" -> 2026/01/31/12-00-00-…: one day is one listing.
    day, clock = utc_now().split("T")
    key = f"{prefix}{day.replace('-', '/')}/{clock[:8].replace(':', '-')}-{report.run_id}.json"

    def store() -> None:
        aws.put_object(bucket, key, body)
        aws.put_object(bucket, f"{prefix}latest.json", body)

    try:
        call_with_timeout(store, timeout_s=_AWS_S, what="S3")
    except (AwsProblem, TimeoutError) as exc:
        log("schedule.report_not_stored", bucket=bucket, key=key, problem=str(exc))
        return ""
    return key


def _log(report: Report, *, schedule: str, key: str) -> None:
    log("schedule.finished", schedule=schedule, summary=summary(report), report=key)
    bad = [result for result in report.checks if result.verdict not in (Verdict.PASSED, Verdict.SKIPPED)]
    for result in bad[:_LOGGED_CHECKS]:
        log("schedule.check", schedule=schedule, check=check_line(result), remedy=result.remedy)
