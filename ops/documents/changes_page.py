"""What has happened in an environment (MISSION M41): releases, what changed, rollbacks, speed before and after."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from lambda_src.journal import EntryKind, JournalEntry, Outcome, ReleaseRecord
from lambda_src.verification.rendering import words
from lambda_src.verification.verdicts import Report
from ops.documents.markdown import bullets, code, page, plain, table
from ops.releases.risk import assess
from ops.releases.risk import before as served_before
from ops.releases.risk import changes as changed_since

# Attempts that are told in full, and commits that are listed for one.
_IN_FULL: Final = 10
_COMMITS: Final = 30
# Commits between two releases, newest first; None where this repository does not have both.
Commits = Callable[[str, str], Sequence[str] | None]


def changes_page(
    environment: str,
    records: Sequence[ReleaseRecord],
    entries: Sequence[JournalEntry],
    *,
    commits: Commits,
    before_and_after: tuple[Report, Report] | None = None,
) -> str:
    """The page. `records` and `entries` newest first; `before_and_after` are the reports of the last two releases."""
    return page(
        f"# Changes of {environment}",
        "From the journal, which only ever grows, and from git. Times are UTC.",
        "## Releases",
        table(("started", "release", "commit", "by", "outcome", "verdict", "took"), map(_row, records))
        or "The journal holds none yet.",
        *(block for index, record in enumerate(records[:_IN_FULL]) for block in _in_full(records, index, commits)),
        "## Rollbacks and operations",
        table(("at", "what", "by", "attempt", "told"), _operations(entries)) or "None.",
        *(_speed(*before_and_after) if before_and_after else ()),
    )


def commits_between(older: str, newer: str) -> Sequence[str] | None:
    """`hash subject` of each commit after `older` up to `newer`."""
    from ops.deploy import ROOT

    older, newer = older.removesuffix("-dirty"), newer.removesuffix("-dirty")
    done = subprocess.run(  # noqa: S603 - git with two commits of the journal
        ["git", "log", "--oneline", "--no-decorate", f"-{_COMMITS}", "--end-of-options", f"{older}..{newer}"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.splitlines() if done.returncode == 0 else None


def _row(record: ReleaseRecord) -> tuple[str, ...]:
    return (
        _moment(record.started),
        code(words.short(record.release_id)),
        code(words.short(record.commit)),
        plain(record.by),
        record.outcome,
        record.verdict or "",
        _took(record),
    )


def _in_full(records: Sequence[ReleaseRecord], index: int, commits: Commits) -> Iterator[str]:
    record = records[index]
    before = next((other for other in records[index + 1 :] if other.outcome is Outcome.RELEASED), None)
    yield f"### {words.short(record.release_id)}, {_moment(record.started)}"
    lines = [f"{record.outcome}, by {plain(record.by)}; author {plain(record.author)}"]
    if record.summary:
        lines.append(plain(record.summary))
    if record.error:
        lines.append(plain(f"ended by {record.error.get('code', 'an error')}: {record.error.get('message', '')}"))
    lines += _judged_by_people(record, records)
    if record.changed is not None:
        lines.append(f"changed: {', '.join(map(code, record.changed)) or 'nothing'}")
    lines += [_phase(phase) for phase in record.phases]
    lines += [
        f"{entry.kind} at {_moment(entry.at)} by {plain(entry.by)}{_told(entry.body)}"
        for entry in record.entries
        if entry.kind is EntryKind.ROLLED_BACK
    ]
    yield bullets(lines)
    if before is not None and (found := commits(before.commit, record.commit)):
        yield f"Since {code(words.short(before.release_id))}:"
        yield bullets(plain(line) for line in found)


def _judged_by_people(record: ReleaseRecord, records: Sequence[ReleaseRecord]) -> Iterator[str]:
    """Risk, approvals, evidence of testing."""
    risk = assess(record, changed_since(record, served_before(record, records)))
    yield f"risk {risk.level}: {plain('; '.join(risk.reasons))}"
    for approval in record.approvals:
        note = f": {plain(str(approval['note']))}" if approval.get("note") else ""
        yield f"approved by {plain(str(approval.get('by')))}, {plain(str(approval.get('how')))}{note}"
    if record.testing:
        said = "passed" if record.testing.get("passed") else plain(str(record.testing.get("note") or "did not pass"))
        yield f"tests {said}"


def _operations(entries: Sequence[JournalEntry]) -> Iterator[tuple[str, ...]]:
    for entry in entries:
        if entry.kind in (EntryKind.ROLLED_BACK, EntryKind.OPERATION):
            yield (
                _moment(entry.at),
                str(entry.body.get("operation", entry.kind)),
                plain(entry.by),
                code(entry.attempt),
                _told(entry.body).removeprefix(": "),
            )


def _speed(before: Report, after: Report) -> Iterator[str]:
    """Latencies as the two gates measured them."""
    earlier = {group.name: group for group in words.by_group(before.checks)}
    yield "## Speed before and after"
    yield f"Release {code(before.release_id)} against {code(after.release_id)}, as their gates measured them."
    yield table(
        ("group", "p50 before", "p50 after", "p95 before", "p95 after"),
        [
            (
                group.name,
                words.duration(earlier[group.name].p50_ms),
                words.duration(group.p50_ms),
                words.duration(earlier[group.name].p95_ms),
                words.duration(group.p95_ms),
            )
            for group in words.by_group(after.checks)
            if group.name in earlier and group.p50_ms is not None
        ],
    )


def _phase(phase: dict[str, Any]) -> str:
    seconds = phase.get("seconds")
    took = f", {seconds:.0f} s" if isinstance(seconds, int | float) else ""
    return plain(f"{phase.get('name', 'phase')}: {phase.get('state', 'done')}") + took


def _told(body: dict[str, Any]) -> str:
    """What an entry says in words; states and digests are for machines."""
    said = [f"{key} {value}" for key, value in sorted(body.items()) if isinstance(value, str) and len(value) < 200]
    return f": {plain(', '.join(said))}" if said else ""


def _took(record: ReleaseRecord) -> str:
    if record.finished is None:
        return ""
    seconds = (datetime.fromisoformat(record.finished) - datetime.fromisoformat(record.started)).total_seconds()
    return words.duration(round(seconds * 1000))


def _moment(at: str) -> str:
    return at[:19].replace("T", " ")
