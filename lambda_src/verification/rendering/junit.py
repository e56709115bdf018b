"""The report as JUnit XML: one suite for each group, as continuous integration reads it."""

from __future__ import annotations

import re
from html import escape
from itertools import groupby
from typing import Final

from lambda_src.verification.verdicts import CheckResult, Report, Verdict

# XML 1.0 has no way to write these, escaped or not.
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_junit(report: Report) -> str:
    """Failed is a failure; error and inconclusive are errors (not measured, no data); skipped keeps its reason."""
    ordered = sorted(report.checks, key=lambda result: result.group)
    suites = "".join(
        _suite(name, list(members), report) for name, members in groupby(ordered, key=lambda result: result.group)
    )
    totals = _totals(list(report.checks))
    name = f"acinaces {report.environment} {report.release_id}"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites name="{_text(name)}" {totals} time="{_seconds(report.duration_ms)}">\n{suites}</testsuites>\n'
    )


def _suite(name: str, results: list[CheckResult], report: Report) -> str:
    longest = max(result.duration_ms for result in results)
    cases = "".join(_case(result) for result in results)
    # Checks run at the same time: a suite takes as long as its slowest one.
    return (
        f'  <testsuite name="{_text(name)}" {_totals(results)} time="{_seconds(longest)}" '
        f'timestamp="{_text(report.started[:19])}">\n{cases}  </testsuite>\n'
    )


def _case(result: CheckResult) -> str:
    head = (
        f'    <testcase name="{_text(result.name)}" classname="{_text(f"acinaces.{result.group}")}" '
        f'time="{_seconds(result.duration_ms)}"'
    )
    body = _outcome(result)
    return f"{head}>{body}</testcase>\n" if body else f"{head}/>\n"


def _outcome(result: CheckResult) -> str:
    message = _text(result.message)
    kind = result.verdict.value if result.criticality == "critical" else f"{result.verdict.value} (advisory)"
    detail = _text(f"{result.message}\nAttempts: {result.attempts}\nTo do: {result.remedy}")
    match result.verdict:
        case Verdict.FAILED:
            return f'<failure type="{kind}" message="{message}">{detail}</failure>'
        case Verdict.ERROR | Verdict.INCONCLUSIVE:
            return f'<error type="{kind}" message="{message}">{detail}</error>'
        case Verdict.SKIPPED:
            return f'<skipped message="{message}"/>'
        case _:
            return ""


def _totals(results: list[CheckResult]) -> str:
    verdicts = [result.verdict for result in results]
    errors = verdicts.count(Verdict.ERROR) + verdicts.count(Verdict.INCONCLUSIVE)
    return (
        f'tests="{len(verdicts)}" failures="{verdicts.count(Verdict.FAILED)}" errors="{errors}" '
        f'skipped="{verdicts.count(Verdict.SKIPPED)}"'
    )


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.3f}"


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", text))
