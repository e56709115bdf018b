"""The report as Markdown, for pull requests and step summaries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from lambda_src.verification.history import HistoryEntry
from lambda_src.verification.rendering import words
from lambda_src.verification.report import not_passed
from lambda_src.verification.verdicts import CheckResult, Report, Verdict

# GitHub cuts a comment at 65 536 characters; failures come first, so what is lost is passed checks.
_LIMIT: Final = 60_000
_RELEASES: Final = 5
_SPECIAL: Final = re.compile(r"[\\`*_{}\[\]()<>#|~&$@]|:(?=//)")
# A character that cannot be seen: GitHub turns `@name` into a mention even where it is written as an entity.
_NO_MENTION: Final = "\u2060"


def to_markdown(report: Report, *, history: Sequence[HistoryEntry] = (), location: str | None = None) -> str:
    """The same content as the page, shorter: verdict, what to do, what did not pass, groups, releases."""
    parts = [_head(report, location), _problems(report), _groups(report), _history(history), _checks(report)]
    text = "\n".join(part for part in parts if part)
    return text if len(text) <= _LIMIT else text[:_LIMIT].rsplit("\n", 1)[0] + "\n\n… cut; the report has the rest.\n"


def plain(text: str) -> str:
    """`text` as it is, on one line: nothing in it is markup, a link or a mention."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    escaped = _SPECIAL.sub(lambda match: f"&#{ord(match.group())};", line)
    return escaped.replace("&#64;", f"&#64;{_NO_MENTION}")


def _head(report: Report, location: str | None) -> str:
    symbol = words.SYMBOLS[report.verdict]
    contents = report.contents
    lines = [
        f"## {symbol} {plain(words.headline(report))}",
        "",
        f"**To do:** {plain(words.next_step(report))}",
        "",
        f"Release `{_code(report.release_id)}`"
        + (f" · commit `{_code(words.short(contents.commit))}`" if contents else "")
        + f" · {plain(words.counts(report))} · {words.duration(report.duration_ms)} · "
        f"{plain(words.moment(report.started))}",
        "",
    ]
    if contents is not None and contents.changed is not None:
        lines += [f"Changed: {', '.join(f'`{_code(name)}`' for name in contents.changed) or 'no asset'}", ""]
    lines += [f"> {plain(note)}\n" for note in report.notes]
    if report.cleanup.leftovers:
        lines += [f"> Rows not removed (they expire): {plain(', '.join(report.cleanup.leftovers))}\n"]
    if location:
        lines += [f"Report: `{_code(location)}`", ""]
    return "\n".join(lines)


def _problems(report: Report) -> str:
    lines = []
    for result in not_passed(report):
        advisory = "" if result.criticality == "critical" else ", advisory"
        lines += [
            f"- {words.SYMBOLS[result.verdict]} **{plain(result.name)}** ({result.verdict}{advisory}, "
            f"{words.attempts(result)}): {plain(result.message)}",
            f"  - **To do:** {plain(result.remedy)}",
        ]
    return "\n".join(["### What did not pass", "", *lines, ""]) if lines else ""


def _groups(report: Report) -> str:
    rows = [
        f"| {words.SYMBOLS[group.worst]} {plain(group.name)} | {group.passed} of {group.total} | "
        f"{words.duration(group.p50_ms)} | {words.duration(group.p95_ms)} |"
        for group in words.by_group(report.checks)
    ]
    return "\n".join(["| group | passed | p50 | p95 |", "|---|---:|---:|---:|", *rows, ""]) if rows else ""


def _history(history: Sequence[HistoryEntry]) -> str:
    rows = [
        f"| {plain(words.moment(entry.started))} | `{_code(entry.release_id)}` | {_outcome(entry)} | "
        f"{entry.passed} of {entry.total} |"
        for entry in history[:_RELEASES]
    ]
    head = ["### Last releases", "", "| when | release | outcome | passed |", "|---|---|---|---:|"]
    return "\n".join([*head, *rows, ""]) if rows else ""


def _outcome(entry: HistoryEntry) -> str:
    if entry.kind == "rollback":
        return f"{words.SYMBOLS[Verdict.OBSERVED]} put back to this one"
    return f"{words.SYMBOLS[entry.verdict]} {f'stopped: {entry.verdict}' if entry.stopped else entry.verdict}"


def _checks(report: Report) -> str:
    rows = [_check(result) for result in report.checks]
    if not rows:
        return ""
    head = ["| check | verdict | latency | attempts |", "|---|---|---:|---:|"]
    return "\n".join([f"<details><summary>All {len(rows)} checks</summary>", "", *head, *rows, "", "</details>", ""])


def _check(result: CheckResult) -> str:
    why = f": {plain(result.message)}" if result.verdict is Verdict.SKIPPED else ""
    return (
        f"| {plain(result.name)} | {words.SYMBOLS[result.verdict]} {result.verdict}{why} | "
        f"{words.duration(result.latency_ms)} | {result.attempts} |"
    )


def _code(text: str) -> str:
    """`text` inside backticks; what would end them, or a table's cell, becomes a space."""
    return " ".join(re.sub(r"[`|\s]", " ", text).split()) or "-"
