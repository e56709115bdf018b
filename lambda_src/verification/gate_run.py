"""What the gate does with one event of CloudFormation: read it, run the plan, store the report, word the answer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from lambda_src.verification import gate_store
from lambda_src.verification.aws import Aws
from lambda_src.verification.engine import RunOptions, run_plan
from lambda_src.verification.gate_plan import with_plan
from lambda_src.verification.gate_request import Request
from lambda_src.verification.history import History
from lambda_src.verification.logs import log
from lambda_src.verification.plan import PlanError
from lambda_src.verification.report import check_line, cut_bytes, failure_reason, summary
from lambda_src.verification.verdicts import Report, Verdict, count, utc_now

# Seconds. Looking at the old release must not hold up the rollback of a stack.
_OBSERVATION_S: Final = 30.0
_LOGGED_CHECKS: Final = 20


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The answer: attributes of the resource, and the reason where the release is stopped."""

    data: dict[str, str]
    stop_reason: str | None = None


def verify(
    event: Mapping[str, Any],
    *,
    aws: Aws,
    log_group: str,
    ends_at: float,
    extra_ca_file: str | None = None,
    notes: tuple[str, ...] = (),
) -> Outcome:
    """Runs the plan of a Create or Update and words the answer. `ends_at` is on `time.monotonic`'s clock."""
    request = Request.of(event)
    try:
        request = with_plan(request, aws)
        plan = request.plan().select(stage="gate")
    except PlanError as exc:
        log("gate.refused", environment=request.environment, problem=str(exc))
        return Outcome(data={}, stop_reason=cut_bytes(f"Release gate: {exc}. Log: {log_group}", 1000))
    report = gate_store.earlier_report(request, aws)
    if report is not None:
        log("gate.repeated", environment=request.environment, report=request.report_key)
        gate_store.tell_journal(report, request, aws)
        return _outcome(report, request, log_group=log_group, store_problem=None)
    history, contents = gate_store.read_history(request, aws), gate_store.read_contents(request, aws)
    report = run_plan(
        plan,
        aws=aws,
        options=RunOptions(
            run_id=request.run_id,
            kind="create" if event.get("RequestType") == "Create" else "update",
            release_id=request.release_id,
            deadline_s=ends_at - time.monotonic(),
            extra_ca_file=extra_ca_file,
            notes=notes,
        ),
    )
    if contents is not None:
        report = report.model_copy(update={"contents": (history or History()).compared(contents)})
    problem = gate_store.store(report, request, aws, history)
    return _outcome(report, request, log_group=log_group, store_problem=problem)


def observe(
    event: Mapping[str, Any], *, aws: Aws, status: str, ends_at: float, extra_ca_file: str | None = None
) -> dict[str, str]:
    """Looks once at the release that the stack is returning to, creating nothing, and judges nothing."""
    request = Request.of(event)
    note = f"stack in {status}, returning from release {_former_release(event)}"
    try:
        request = with_plan(request, aws)
        report = run_plan(
            request.plan().select(stage="gate"),
            aws=aws,
            options=RunOptions(
                run_id=request.run_id,
                kind="rollback",
                release_id=request.release_id,
                deadline_s=min(_OBSERVATION_S, ends_at - time.monotonic()),
                retries=False,
                writes=False,
                observe_only=True,
                extra_ca_file=extra_ca_file,
                notes=(note,),
            ),
        )
    except (PlanError, ValidationError) as exc:
        # Properties of an older release: nothing to look for, and no reason to fail.
        report = _empty_report(request, notes=(note, f"not looked at: {exc}"))
    problem = gate_store.store(report, request, aws, gate_store.read_history(request, aws))
    return _outcome(report, request, log_group="", store_problem=problem).data


def _outcome(report: Report, request: Request, *, log_group: str, store_problem: str | None) -> Outcome:
    location = f"s3://{request.bucket}/{request.report_key}"
    if store_problem is not None:
        location = f"not stored ({cut_bytes(store_problem, 300)})"
    line = summary(report)
    data = {
        "Verdict": report.verdict.value,
        "Summary": line if store_problem is None else f"{line} [report {cut_bytes(location, 300)}]",
        "ReportKey": "" if store_problem is not None else cut_bytes(request.report_key, 600),
        "Passed": str(report.counts[Verdict.PASSED.value]),
        "Failed": str(report.counts[Verdict.FAILED.value]),
        "DurationMs": str(report.duration_ms),
    }
    log("gate.finished", kind=report.kind, environment=request.environment, summary=line, report=location)
    _log_checks(report)
    reason = failure_reason(report, location=location, log_group=log_group) if report.stops_release else None
    return Outcome(data=data, stop_reason=reason)


def _log_checks(report: Report) -> None:
    """The checks that did not pass, so that they can be read although the report could not be stored."""
    bad = [result for result in report.checks if result.verdict not in (Verdict.PASSED, Verdict.SKIPPED)]
    for result in bad[:_LOGGED_CHECKS]:
        log("gate.check", check=check_line(result), remedy=result.remedy)


def _empty_report(request: Request, *, notes: tuple[str, ...]) -> Report:
    now = utc_now()
    return Report(
        kind="rollback",
        environment=request.environment or "unknown",
        release_id=request.release_id or "unknown",
        run_id=request.run_id,
        verdict=Verdict.OBSERVED,
        stops_release=False,
        started=now,
        finished=now,
        duration_ms=0,
        counts=count(()),
        checks=(),
        notes=notes,
    )


def _former_release(event: Mapping[str, Any]) -> str:
    """During a rollback the old properties are those of the release that is being left."""
    properties = event.get("OldResourceProperties")
    return str(properties.get("ReleaseId") or "unknown")[:64] if isinstance(properties, Mapping) else "unknown"
