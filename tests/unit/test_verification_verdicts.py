"""Which verdict a run has, and whether it stops a release."""

from __future__ import annotations

import pytest

from lambda_src.verification.plan import Criticality, Policy
from lambda_src.verification.verdicts import CheckResult, Verdict, count, overall, stops, utc_now

FAIL, WARN = Policy(), Policy(on_error="warn", on_inconclusive="warn")


def result(verdict: str, criticality: Criticality = "critical") -> CheckResult:
    return CheckResult(
        name=f"check/{verdict}",
        group="api",
        kind="api_endpoint",
        criticality=criticality,
        verdict=Verdict(verdict),
        message="",
        remedy="",
        attempts=1,
        latency_ms=None,
        started=utc_now(),
        duration_ms=1,
        evidence={},
    )


@pytest.mark.parametrize(
    ("verdicts", "expected", "stops_when_failing", "stops_when_warning"),
    [
        (["passed", "passed"], "passed", False, False),
        (["passed", "failed", "error"], "failed", True, True),
        (["passed", "error", "inconclusive"], "error", True, False),
        (["passed", "inconclusive"], "inconclusive", True, False),
        (["passed", "skipped"], "passed", False, False),
        (["skipped"], "inconclusive", True, False),
        ([], "inconclusive", True, False),
    ],
)
def test_the_worst_critical_check_decides(
    verdicts: list[str], expected: str, stops_when_failing: bool, stops_when_warning: bool
) -> None:
    results = [result(verdict) for verdict in verdicts]

    assert overall(results) == expected
    assert stops(results, FAIL) is stops_when_failing
    assert stops(results, WARN) is stops_when_warning


@pytest.mark.parametrize("verdict", ["failed", "error", "inconclusive"])
def test_advisory_checks_are_counted_and_decide_nothing(verdict: str) -> None:
    results = [result("passed"), result(verdict, "advisory")]

    assert overall(results) == "passed"
    assert not stops(results, FAIL)
    assert count(results)[verdict] == 1


def test_each_policy_stands_for_itself() -> None:
    both = [result("passed"), result("error"), result("inconclusive")]

    assert stops(both, Policy(on_error="warn", on_inconclusive="fail"))
    assert stops(both, Policy(on_error="fail", on_inconclusive="warn"))
    assert not stops([result("passed"), result("error")], Policy(on_error="warn", on_inconclusive="fail"))


def test_counts_name_every_verdict_of_a_check() -> None:
    assert count([]) == {"passed": 0, "failed": 0, "error": 0, "inconclusive": 0, "skipped": 0}
