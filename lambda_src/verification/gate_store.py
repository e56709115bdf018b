"""What the gate keeps in the report bucket: reports, pages, plans and the history of releases.

    releases/latest.json, latest.html            the last judgement
    releases/latest-rollback.json                what was seen when a release was put back
    releases/plan.json                           the plan of the release that serves
    releases/history.json                        the last releases
    releases/<release id>/<request id>.json, .html, plan.json

The journal of releases gets the verdict too (`gate_journal`). The verdict never depends on any of it, and all of it
fits the time that is left behind the run.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Final

from lambda_src.journal.sections import read_section
from lambda_src.verification.aws import Aws
from lambda_src.verification.contents import ReleaseContents
from lambda_src.verification.gate_request import Request
from lambda_src.verification.history import History, HistoryEntry
from lambda_src.verification.logs import log
from lambda_src.verification.plan import PlanError
from lambda_src.verification.threads import call_with_timeout
from lambda_src.verification.verdicts import Report

# Seconds. Part of the gate's reserve of 20 s, of which cleaning up may take 10: first the report, then the rest in
# what is left of both limits.
_STORE_S: Final = 6.0
_KEEP_S: Final = 8.0
_LOOK_UP_S: Final = 5.0
_SURROUNDINGS_S: Final = 3.0


def earlier_report(request: Request, aws: Aws) -> Report | None:
    """The report of an earlier delivery of the same request; None where there is none or it cannot be read."""
    try:
        content = call_with_timeout(
            lambda: aws.get_object(request.bucket, request.report_key), timeout_s=_LOOK_UP_S, what="S3"
        )
        return Report.model_validate_json(content) if content else None
    except Exception as exc:  # noqa: BLE001 - running twice is right too, only slower
        log("gate.no_earlier_report", problem=f"{type(exc).__name__}: {exc}")
        return None


def read_contents(request: Request, aws: Aws) -> ReleaseContents | None:
    """What is being released; None where the stack does not say it, or says it of another release."""
    name = request.contents_parameter
    if not name:
        return None
    try:
        values = call_with_timeout(
            lambda: read_section(lambda part: _parameter(aws, part), name), timeout_s=_SURROUNDINGS_S, what="SSM"
        )
        # During a rollback the parameter may already, or still, be the other release's.
        if values["release_id"] != request.release_id:
            return None
        return ReleaseContents(commit=values["git_commit"], assets=values["asset_hashes"])
    except Exception as exc:  # noqa: BLE001 - the report is complete without it
        log("gate.contents_unknown", parameter=name, problem=f"{type(exc).__name__}: {exc}")
        return None


def _parameter(aws: Aws, name: str) -> str:
    return str(aws.call("ssm", "get_parameter", name, Name=name)["Parameter"]["Value"])


def read_history(request: Request, aws: Aws) -> History | None:
    """The last releases; None where they could not be read, and so must not be written over."""
    try:
        key = f"{request.prefix}history.json"
        content = call_with_timeout(lambda: aws.get_object(request.bucket, key), timeout_s=_SURROUNDINGS_S, what="S3")
    except Exception as exc:  # noqa: BLE001 - only looked at
        log("gate.history_unknown", problem=f"{type(exc).__name__}: {exc}")
        return None
    return History.from_json(content)


def store(report: Report, request: Request, aws: Aws, history: History | None) -> str | None:
    """Stores everything. Returns what kept the report from being stored; problems of the rest are only logged."""
    began = time.monotonic()
    if not request.bucket:
        return "the properties name no ReportBucket"
    problem = _attempt(lambda: _put_report(report, request, aws), _STORE_S)
    tell_journal(report, request, aws, limit_s=began + _KEEP_S - time.monotonic())
    if problem is not None:
        log("gate.report_not_stored", bucket=request.bucket, key=request.report_key, problem=problem)
        return problem
    left = began + _KEEP_S - time.monotonic()
    rest = _attempt(lambda: _put_rest(report, request, aws, history), left)
    if rest is not None:
        log("gate.page_not_stored", bucket=request.bucket, key=request.page_key, problem=rest)
    return None


def tell_journal(report: Report, request: Request, aws: Aws, *, limit_s: float = _KEEP_S) -> None:
    """Adds the judgement to the journal, where there is one; looking at an old release judges nothing."""
    if not request.journal or report.kind == "rollback":
        return
    from lambda_src.verification import gate_journal

    problem = _attempt(lambda: gate_journal.append_judgement(report, request, aws), limit_s, what="the journal")
    if problem is not None:
        log("gate.not_in_the_journal", table=request.journal, problem=problem)


def _put_report(report: Report, request: Request, aws: Aws) -> None:
    body = _encoded(json.dumps(report.model_dump(mode="json"), indent=1, ensure_ascii=False))
    aws.put_object(request.bucket, request.report_key, body)
    # The latest judgement stays readable after the rollback that it caused.
    latest = "latest-rollback.json" if report.kind == "rollback" else "latest.json"
    aws.put_object(request.bucket, f"{request.prefix}{latest}", body)


def _put_rest(report: Report, request: Request, aws: Aws, history: History | None) -> None:
    """The plan first: what watches the release between deployments needs it."""
    from lambda_src.verification.rendering import to_html

    bucket = request.bucket
    if _is_usable(request):
        plan = _encoded(request.plan_text)
        aws.put_object(bucket, f"{request.folder}plan.json", plan)
        if not report.stops_release:
            # Of a release that serves: accepted just now, or returned to.
            aws.put_object(bucket, f"{request.prefix}plan.json", plan)
    entries: tuple[HistoryEntry, ...] = ()
    if history is not None:
        written = history.with_run(report, report_key=request.report_key)
        aws.put_object(bucket, f"{request.prefix}history.json", _encoded(written.model_dump_json()))
        entries = written.entries
    page = _encoded(to_html(report, history=entries, location=f"s3://{bucket}/{request.report_key}"))
    keys = [request.page_key] if report.kind == "rollback" else [request.page_key, f"{request.prefix}latest.html"]
    for key in keys:
        aws.put_object(bucket, key, page, content_type="text/html; charset=utf-8")


def _is_usable(request: Request) -> bool:
    """Whether the plan can be run again; the properties of an older release may hold another schema's."""
    try:
        request.plan()
    except PlanError:
        return False
    return True


def _attempt(function: Callable[[], None], timeout_s: float, *, what: str = "S3") -> str | None:
    try:
        call_with_timeout(function, timeout_s=timeout_s, what=what)
    except Exception as exc:  # noqa: BLE001 - told in the answer and in the log
        return str(exc) or type(exc).__name__
    return None


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", errors="replace")
