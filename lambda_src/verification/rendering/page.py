"""The report as one HTML file that needs nothing else: no network, no script."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from typing import Final

from lambda_src.verification.history import HistoryEntry
from lambda_src.verification.rendering import words
from lambda_src.verification.rendering.chart import latency_chart
from lambda_src.verification.rendering.style import CSS
from lambda_src.verification.report import not_passed
from lambda_src.verification.verdicts import CheckResult, Report, Verdict

# The page carries texts that others wrote (answers of what was checked), so it may load and run nothing.
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_RELEASES: Final = 10
_EVIDENCE_LENGTH: Final = 4000


def to_html(report: Report, *, history: Sequence[HistoryEntry] = (), location: str | None = None) -> str:
    """The page. `location` says where the JSON of this report is; `history` is newest first."""
    tone = words.report_tone(report)
    sections = [
        _banner(report, tone),
        _problems(not_passed(report)),
        _facts(report, location),
        _card("Latency", latency_chart(report.checks)),
        _groups(report),
        _checks(report.checks),
        _history(history, report),
    ]
    symbol = words.SYMBOLS[report.verdict]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n<meta name="robots" content="noindex">\n'
        f"<title>{symbol} {escape(words.headline(report))}</title>\n<style>{CSS}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(section for section in sections if section)
        + f'\n</main>\n<footer class="quiet"><main><p>Run {escape(report.run_id)}, '
        f"{escape(report.started)} to {escape(report.finished)}.</p></main></footer>\n</body>\n</html>\n"
    )


def _banner(report: Report, tone: words.Tone) -> str:
    symbol = words.SYMBOLS[report.verdict]
    return (
        f'<header class="banner {tone}"><h1><span aria-hidden="true">{symbol}</span>'
        f"<span>{escape(words.headline(report))}</span></h1>"
        f'<p class="next"><b>To do</b>{escape(words.next_step(report))}</p>'
        f'<p class="quiet">Verdict <strong>{report.verdict}</strong> · {escape(words.counts(report))} of '
        f"{len(report.checks)} checks · {escape(words.moment(report.started))} · "
        f"{words.duration(report.duration_ms)}</p></header>"
    )


def _problems(results: Sequence[CheckResult]) -> str:
    if not results:
        return ""
    return _card("What did not pass", "".join(_problem(result) for result in results), long=True)


def _problem(result: CheckResult) -> str:
    advisory = "" if result.criticality == "critical" else ", advisory"
    return (
        f'<article class="problem {words.tone(result.verdict)}"><h3>{escape(result.name)} '
        f'<span class="badge">{words.SYMBOLS[result.verdict]} {result.verdict}{advisory}</span></h3>'
        f'<p>{escape(result.message)}</p><p class="remedy"><b>To do</b> {escape(result.remedy)}</p>'
        f"{_evidence(result)}</article>"
    )


def _evidence(result: CheckResult) -> str:
    tries = "".join(
        f"<tr><td class='number'>{words.duration(attempt.at_ms)}</td><td>{attempt.verdict}</td>"
        f"<td>{escape(attempt.message)}</td></tr>"
        for attempt in result.history
    )
    table = (
        "<div class='scroll' tabindex='0' role='region' aria-label='Attempts'><table><thead><tr><th class='number'>"
        f"after</th><th>verdict</th><th>what it saw</th></tr></thead><tbody>{tries}</tbody></table></div>"
        if len(result.history) > 1
        else ""
    )
    seen = json.dumps(result.evidence, indent=1, ensure_ascii=False, default=str) if result.evidence else ""
    evidence = f"<pre>{escape(seen[:_EVIDENCE_LENGTH])}</pre>" if seen else ""
    label = f"{words.attempts(result)} in {words.duration(result.duration_ms)}"
    if not table and not evidence:
        return f'<p class="quiet">{label}</p>'
    return f"<details><summary>{label}: what was seen</summary>{table}{evidence}</details>"


def _facts(report: Report, location: str | None) -> str:
    contents = report.contents
    facts = [("Environment", escape(report.environment)), ("Release", _code(report.release_id))]
    if contents is not None:
        facts.append(("Commit", _code(words.short(contents.commit))))
        if contents.previous_release_id:
            facts.append(("Before it", _code(contents.previous_release_id)))
    facts.append(("Run", escape(report.kind)))
    facts.append(("Took", words.duration(report.duration_ms)))
    pairs = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts)
    wide = [("Changed", _changed(report))] if contents is not None else []
    wide += [("Note", escape(note)) for note in report.notes]
    if report.cleanup.leftovers:
        left = ", ".join(escape(row) for row in report.cleanup.leftovers)
        wide.append(("Rows not removed (they expire by themselves)", left))
    if location:
        wide.append(("This report as JSON", _code(location)))
    pairs += "".join(f'<div class="wide"><dt>{name}</dt><dd>{value}</dd></div>' for name, value in wide)
    return _card("What was released", f'<dl class="facts">{pairs}</dl>')


def _changed(report: Report) -> str:
    changed = report.contents.changed if report.contents else None
    if changed is None:
        return "not known: there is no earlier release to compare with"
    return ", ".join(_code(name) for name in changed) if changed else "no asset; settings or infrastructure only"


def _groups(report: Report) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(group.name)}</th><td>{_badge(group.worst)}</td>'
        f'<td class="number">{group.passed} of {group.total}</td><td class="number">{words.duration(group.p50_ms)}</td>'
        f'<td class="number">{words.duration(group.p95_ms)}</td><td class="number">'
        f"{words.duration(group.duration_ms)}</td></tr>"
        for group in words.by_group(report.checks)
    )
    head = (
        '<tr><th scope="col">group</th><th scope="col">verdict</th><th scope="col" class="number">passed</th>'
        '<th scope="col" class="number">p50</th><th scope="col" class="number">p95</th>'
        '<th scope="col" class="number">longest check</th></tr>'
    )
    return _table("Groups", head, rows) if rows else ""


def _checks(results: Sequence[CheckResult]) -> str:
    ordered = sorted(results, key=lambda result: result.group)
    bodies = "".join(
        f'<tbody><tr><th scope="rowgroup" colspan="5">{escape(name)}</th></tr>{_rows(members)}</tbody>'
        for name, members in groupby(ordered, key=lambda result: result.group)
    )
    head = (
        '<tr><th scope="col">check</th><th scope="col">verdict</th><th scope="col" class="number">latency</th>'
        '<th scope="col" class="number">attempts</th><th scope="col">what it saw</th></tr>'
    )
    return _table("All checks", head, bodies) if bodies else ""


def _rows(results: Iterable[CheckResult]) -> str:
    return "".join(
        f'<tr><td>{escape(result.name)}</td><td>{_badge(result.verdict)}</td><td class="number">'
        f'{words.duration(result.latency_ms)}</td><td class="number">{result.attempts}</td>'
        f'<td class="message">{escape(result.message)}</td></tr>'
        for result in results
    )


def _history(history: Sequence[HistoryEntry], report: Report) -> str:
    rows = "".join(_release(entry, current=entry.release_id == report.release_id) for entry in history[:_RELEASES])
    head = (
        '<tr><th scope="col">when</th><th scope="col">release</th><th scope="col">commit</th>'
        '<th scope="col">outcome</th><th scope="col" class="number">passed</th>'
        '<th scope="col" class="number">took</th><th scope="col">changed</th></tr>'
    )
    return _table("Last releases", head, rows) if rows else ""


def _release(entry: HistoryEntry, *, current: bool) -> str:
    if entry.kind == "rollback":
        outcome, verdict = "put back to this one", Verdict.OBSERVED
    else:
        outcome, verdict = f"stopped: {entry.verdict}" if entry.stopped else str(entry.verdict), entry.verdict
    changed = entry.contents.changed
    what = words.NOTHING if changed is None else ", ".join(changed) or "no asset"
    return (
        f"<tr><td>{escape(words.moment(entry.started))}</td><td>{_code(entry.release_id)}"
        f"{' (this one)' if current else ''}</td><td>{_code(words.short(entry.contents.commit))}</td>"
        f'<td><span class="badge {words.tone(verdict)}">{words.SYMBOLS[verdict]} {escape(outcome)}</span></td>'
        f'<td class="number">{entry.passed} of {entry.total}</td>'
        f'<td class="number">{words.duration(entry.duration_ms)}</td><td class="message">{escape(what)}</td></tr>'
    )


def _table(title: str, head: str, body: str) -> str:
    rows = body if body.startswith("<tbody>") else f"<tbody>{body}</tbody>"
    table = f"<table><thead>{head}</thead>{rows}</table>"
    return _card(title, f'<div class="scroll" tabindex="0" role="region" aria-label="{title}">{table}</div>', long=True)


def _card(title: str, content: str, *, long: bool = False) -> str:
    return f'<section class="card{" long" if long else ""}"><h2>{title}</h2>{content}</section>'


def _badge(verdict: Verdict) -> str:
    return f'<span class="badge {words.tone(verdict)}">{words.SYMBOLS[verdict]} {verdict}</span>'


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"
