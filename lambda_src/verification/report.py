"""The report as text: one line of summary, the reason of a failure, and both cut to what CloudFormation takes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from lambda_src.verification.verdicts import CheckResult, Report, Verdict

# CloudFormation takes an answer of 4096 bytes (AWS: "custom resource response objects"). Around the reason stand the
# envelope (ids and ARNs, about 700 bytes), the Provider's own lines and up to ten JavaScript stack frames (1200).
ANSWER_LIMIT_BYTES: Final = 4096
REASON_LIMIT_BYTES: Final = 2000
SUMMARY_LIMIT_BYTES: Final = 700
# Of one check's line in a reason, so that a long message leaves room for the others.
_CHECK_LIMIT_BYTES: Final = 400
_ELLIPSIS: Final = "…"


def encoded_length(text: str) -> int:
    """How many bytes `text` takes inside a JSON string sent as UTF-8."""
    return len(json.dumps(text, ensure_ascii=False).encode("utf-8", errors="replace")) - 2


def cut_bytes(text: str, limit: int) -> str:
    """The longest beginning of `text` that takes at most `limit` bytes as JSON; an ellipsis shows that it was cut."""
    # Lone surrogates cannot be sent as UTF-8 at all.
    text = text.encode("utf-8", errors="replace").decode("utf-8")
    if encoded_length(text) <= limit:
        return text
    room = limit - encoded_length(_ELLIPSIS)
    if room < 0:
        return ""
    # The encoded length grows with every character, so the cut can be searched by halves.
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if encoded_length(text[:middle]) <= room else (low, middle - 1)
    return text[:low] + _ELLIPSIS


def summary(report: Report) -> str:
    """One line: verdict, counts, time, and who stands out."""
    total = len(report.checks)
    counts = ", ".join(f"{number} {verdict}" for verdict, number in report.counts.items() if number)
    line = f"{report.verdict}: {counts} of {total} checks in {report.duration_ms / 1000:.1f} s"
    if report.kind == "rollback":
        line += " (observed during a rollback; nothing was judged)"
    elif not_passed(report):
        line += f"; {', '.join(result.name for result in not_passed(report))}"
    return cut_bytes(" ".join([line, *(f"[{note}]" for note in report.notes)]), SUMMARY_LIMIT_BYTES)


def failure_reason(report: Report, *, location: str, log_group: str, limit: int = REASON_LIMIT_BYTES) -> str:
    """Why a release was stopped: each check that did not pass, what it saw, how often it was tried.

    `location` says where the report is and, like `log_group`, is never what is cut.
    """
    bad = not_passed(report)
    head = f"Release gate: {report.verdict}; {len(bad)} of {len(report.checks)} checks did not pass."
    tail = f"Report: {location}. Log: {log_group}"
    if report.cleanup.leftovers:
        tail = f"Not removed (TTL will): {len(report.cleanup.leftovers)}. {tail}"
    tail = cut_bytes(tail, limit // 2)
    room = limit - encoded_length(head) - encoded_length(tail) - 2
    return f"{head} {_lines(bad, room)}{tail}"


def check_line(result: CheckResult) -> str:
    """One check that did not pass: name, verdict, what it saw, attempts."""
    advisory = "" if result.criticality == "critical" else ", advisory"
    tried = "1 attempt" if result.attempts == 1 else f"{result.attempts} attempts"
    line = (
        f"{result.name} ({result.verdict}{advisory}): {result.message} ({tried} in {result.duration_ms / 1000:.1f} s)"
    )
    return cut_bytes(line, _CHECK_LIMIT_BYTES)


def _lines(results: Sequence[CheckResult], room: int) -> str:
    """As many checks as fit; how many were left out is said."""
    text = ""
    for index, result in enumerate(results):
        left = len(results) - index
        more = f"and {left} more. "
        line = f"{check_line(result)}. "
        needed = encoded_length(line) + (encoded_length(f"and {left - 1} more. ") if left > 1 else 0)
        if encoded_length(text) + needed > room:
            rest = room - encoded_length(text)
            # The first one is shown in any case, as far as it goes.
            shown = "" if text else f"{cut_bytes(line, max(rest - encoded_length(more) - 1, 0))} "
            return text + shown + (more if text or left > 1 else "")
        text += line
    return text


def not_passed(report: Report) -> list[CheckResult]:
    """Checks that ended badly: critical ones first, failures before errors before missing data."""
    rank = {Verdict.FAILED: 0, Verdict.ERROR: 1, Verdict.INCONCLUSIVE: 2}
    found = [result for result in report.checks if result.verdict in rank]
    return sorted(found, key=lambda result: (result.criticality != "critical", rank[result.verdict]))
