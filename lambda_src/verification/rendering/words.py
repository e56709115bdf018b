"""What every rendering says: whether the release is good, what to do, numbers as people read them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from lambda_src.verification.report import not_passed
from lambda_src.verification.verdicts import CheckResult, Report, Verdict

Tone = Literal["good", "bad", "warning", "neutral"]

# An en dash.
NOTHING: Final = "\u2013"
SYMBOLS: Final[dict[Verdict, str]] = {
    Verdict.PASSED: "✓",
    Verdict.FAILED: "✗",
    Verdict.ERROR: "!",
    Verdict.INCONCLUSIVE: "?",
    Verdict.SKIPPED: NOTHING,
    Verdict.OBSERVED: "○",
}
_TONES: Final[dict[Verdict, Tone]] = {
    Verdict.PASSED: "good",
    Verdict.FAILED: "bad",
    Verdict.ERROR: "bad",
    Verdict.INCONCLUSIVE: "warning",
    Verdict.SKIPPED: "neutral",
    Verdict.OBSERVED: "neutral",
}


@dataclass(frozen=True, kw_only=True)
class GroupSummary:
    """One group of checks. Latencies in milliseconds, None where none was measured."""

    name: str
    passed: int
    total: int
    worst: Verdict
    p50_ms: int | None
    p95_ms: int | None
    duration_ms: int


def tone(verdict: Verdict) -> Tone:
    """How a verdict is coloured."""
    return _TONES[verdict]


def report_tone(report: Report) -> Tone:
    """How a whole run is coloured: an advisory check that did not pass is worth a look."""
    if report.verdict is Verdict.PASSED and not_passed(report):
        return "warning"
    if report.kind in ("create", "update") and not report.stops_release and report.verdict is not Verdict.PASSED:
        return "warning"
    return tone(report.verdict)


def headline(report: Report) -> str:
    """The answer in one sentence."""
    bad = len(not_passed(report))
    where = report.environment
    if report.kind == "rollback":
        return f"{where} was put back to an earlier release; nothing was judged"
    if report.kind in ("create", "update"):
        if report.stops_release:
            return f"The release to {where} was stopped and put back"
        if report.verdict is not Verdict.PASSED:
            return f"Released to {where}, though not everything could be judged"
        return f"Released to {where}" + (f"; {_things(bad)} to look at" if bad else " and verified")
    match report.verdict:
        case Verdict.PASSED:
            return f"{where} is in order" + (f"; {_things(bad)} to look at" if bad else "")
        case Verdict.FAILED:
            failed = sum(result.verdict is Verdict.FAILED for result in not_passed(report))
            return f"{where} fails {_checks(failed)}"
        case Verdict.ERROR:
            return f"{where} could not be judged: {_checks(report.counts.get('error', 0))} could not be measured"
        case _:
            return f"{where} could not be judged yet: there is no data"


def next_step(report: Report) -> str:
    """The one thing to do now."""
    bad = not_passed(report)
    if report.kind == "rollback":
        return "Read the report of the release that was left; it says why."
    if not bad:
        skipped = report.counts.get(Verdict.SKIPPED.value, 0)
        if report.verdict is not Verdict.PASSED:
            return "No check has passed. Choose other checks, or look why these were skipped."
        return f"Nothing. {_checks(skipped)} skipped, with the reason below." if skipped else "Nothing."
    first = bad[0]
    more = f" Then the other {len(bad) - 1} below." if len(bad) > 1 else ""
    return f"{first.name}: {first.remedy}{more}"


def duration(milliseconds: int | None) -> str:
    """`85 ms`, `1.2 s`, `2 min 5 s`; a dash for nothing."""
    if milliseconds is None:
        return NOTHING
    if milliseconds < 1000:
        return f"{milliseconds} ms"
    if milliseconds < 60_000:
        return f"{milliseconds / 1000:.1f} s"
    return f"{milliseconds // 60_000} min {milliseconds % 60_000 // 1000} s"


def moment(started: str) -> str:
    """`2026-11-23 06:28 UTC` of an ISO 8601 time; anything else as it is."""
    date, _, time = started.partition("T")
    return f"{date} {time[:5]} UTC" if len(date) == 10 and len(time) >= 5 else started


def short(identifier: str) -> str:
    """A commit or digest as people compare it: twelve characters, and whether it was dirty."""
    head, dash, state = identifier.partition("-")
    return f"{head[:12]}{dash}{state}" if len(head) > 12 else identifier


def attempts(result: CheckResult) -> str:
    """`1 attempt`, `3 attempts`."""
    return "1 attempt" if result.attempts == 1 else f"{result.attempts} attempts"


def counts(report: Report) -> str:
    """`12 passed, 1 failed`: what there is of each verdict."""
    return ", ".join(f"{number} {verdict}" for verdict, number in report.counts.items() if number) or "no checks"


def by_group(results: Sequence[CheckResult]) -> list[GroupSummary]:
    """A summary of each group, in the order in which the groups first appear."""
    names = list(dict.fromkeys(result.group for result in results))
    return [_summary(name, [result for result in results if result.group == name]) for name in names]


def percentile(values: Sequence[int], share: float) -> int | None:
    """The nearest-rank percentile, `share` between 0 and 1; None of nothing."""
    ranked = sorted(values)
    return ranked[max(math.ceil(share * len(ranked)) - 1, 0)] if ranked else None


def _summary(name: str, results: list[CheckResult]) -> GroupSummary:
    latencies = [result.latency_ms for result in results if result.latency_ms is not None]
    found = {result.verdict for result in results}
    order = (Verdict.FAILED, Verdict.ERROR, Verdict.INCONCLUSIVE, Verdict.PASSED, Verdict.SKIPPED)
    return GroupSummary(
        name=name,
        passed=sum(result.verdict is Verdict.PASSED for result in results),
        total=len(results),
        worst=next((verdict for verdict in order if verdict in found), Verdict.SKIPPED),
        p50_ms=percentile(latencies, 0.5),
        p95_ms=percentile(latencies, 0.95),
        duration_ms=max((result.duration_ms for result in results), default=0),
    )


def _checks(number: int) -> str:
    return "1 check" if number == 1 else f"{number} checks"


def _things(number: int) -> str:
    return "1 thing" if number == 1 else f"{number} things"
