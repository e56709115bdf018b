"""Texts of a report: the summary line and the reason of a failure."""

from __future__ import annotations

from typing import Any

from lambda_src.verification.plan import Policy
from lambda_src.verification.report import REASON_LIMIT_BYTES, cut_bytes, encoded_length, failure_reason, summary
from lambda_src.verification.verdicts import (
    CheckResult,
    CleanupReport,
    Report,
    Verdict,
    count,
    overall,
    stops,
    utc_now,
)

LOCATION, LOG = "s3://reports/releases/abc/r-1.json", "/acinaces/test/gate"


def result(name: str, verdict: Verdict = Verdict.FAILED, **changes: Any) -> CheckResult:
    values: dict[str, Any] = {
        "name": name,
        "group": "api",
        "kind": "api_endpoint",
        "criticality": "critical",
        "verdict": verdict,
        "message": f"GET /{name}: HTTP 500",
        "remedy": "Look.",
        "attempts": 5,
        "latency_ms": None,
        "started": utc_now(),
        "duration_ms": 12_345,
        "evidence": {},
    }
    return CheckResult(**(values | changes))


def report(*results: CheckResult, **changes: Any) -> Report:
    values: dict[str, Any] = {
        "kind": "update",
        "environment": "test",
        "release_id": "abc",
        "run_id": "0123456789ab",
        "verdict": overall(results),
        "stops_release": stops(results, Policy()),
        "started": utc_now(),
        "finished": utc_now(),
        "duration_ms": 21_400,
        "counts": count(results),
        "checks": results,
    }
    return Report(**(values | changes))


def test_the_summary_of_a_good_run_is_short() -> None:
    assert summary(report(result("a", Verdict.PASSED))) == "passed: 1 passed of 1 checks in 21.4 s"


def test_the_summary_names_who_did_not_pass_and_the_notes() -> None:
    line = summary(report(result("a", Verdict.PASSED), result("b"), notes=("status unknown",)))

    assert line == "failed: 1 passed, 1 failed of 2 checks in 21.4 s; b [status unknown]"


def test_a_reason_names_check_what_it_saw_attempts_and_where_the_report_is() -> None:
    reason = failure_reason(report(result("a", Verdict.PASSED), result("b")), location=LOCATION, log_group=LOG)

    assert reason == (
        "Release gate: failed; 1 of 2 checks did not pass. b (failed): GET /b: HTTP 500 (5 attempts in 12.3 s). "
        f"Report: {LOCATION}. Log: {LOG}"
    )


def test_critical_failures_come_first_and_advisory_ones_are_marked() -> None:
    reason = failure_reason(
        report(
            result("advisory", criticality="advisory"),
            result("unmeasured", Verdict.ERROR, attempts=1),
            result("broken"),
        ),
        location=LOCATION,
        log_group=LOG,
    )

    assert reason.index("broken (failed)") < reason.index("unmeasured (error)") < reason.index("(failed, advisory)")
    assert "1 attempt in" in reason


def test_what_does_not_fit_is_counted() -> None:
    many = [result(f"check-{number}", message="long " * 60) for number in range(50)]

    reason = failure_reason(report(*many), location=LOCATION, log_group=LOG)

    assert encoded_length(reason) <= REASON_LIMIT_BYTES
    shown = reason.count("(failed): ")
    assert shown >= 3
    assert f"and {50 - shown} more. Report: {LOCATION}" in reason


def test_leftovers_are_mentioned() -> None:
    left = CleanupReport(leftovers=("t/smoke-1: throttled",))

    assert "Not removed (TTL will): 1." in failure_reason(
        report(result("a"), cleanup=left), location="x", log_group="y"
    )


def test_cutting_keeps_short_texts_and_marks_long_ones() -> None:
    assert cut_bytes("kurz", 4) == "kurz"
    assert cut_bytes("überlang", 6) == "üb…"
    assert cut_bytes("anything", 2) == ""
    assert cut_bytes("\ud800", 10) == "?"
