"""Releases as people read them: a list, one in full, figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lambda_src.journal import ReleaseRecord
from lambda_src.journal.delivery import Delivery
from lambda_src.journal.live import live
from ops.releases.risk import Risk
from ops.releases.words import STYLES, failure, lasted, moment, outcome, short

# Resources that a first release makes fill screens; `--json` has them all.
_SHOWN_RESOURCES = 12


def show_list(records: Sequence[ReleaseRecord], limit: int, console: Console) -> None:
    """A line for each attempt, newest first; the one that serves is marked."""
    serving = live(records)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("")
    for name in ("started (UTC)", "release", "commit", "author", "outcome", "verdict", "took"):
        table.add_column(name, no_wrap=True, overflow="ellipsis", max_width=14 if name == "author" else None)
    for record in records[:limit]:
        table.add_row(
            "●" if serving is not None and record.attempt == serving.attempt else "",
            moment(record.started)[:16],
            record.release_id[:8],
            short(record.commit),
            record.author,
            Text(outcome(record), style=STYLES[record.outcome]),
            record.verdict or "-",
            lasted(record.duration_s),
        )
    console.print(table)


def show_one(record: ReleaseRecord, risk: Risk, changed_assets: Sequence[str] | None, console: Console) -> None:
    """Everything that the journal has about one attempt."""
    lines: dict[str, str | Text] = {
        "attempt": record.attempt,
        "release": record.release_id,
        "commit": f"{record.commit} of {record.author}",
        "started": f"{moment(record.started)} UTC by {record.by}",
        "outcome": Text(outcome(record), style=STYLES[record.outcome]),
        "took": lasted(record.duration_s),
        "verdict": record.summary or record.verdict or "-",
        "report": record.report_key or "-",
        "assets": _listed(changed_assets) if changed_assets is not None else "first release, or not known",
        "risk": f"{risk.level}: {'; '.join(risk.reasons)}",
        "tests": _tests(record),
        "approval": "; ".join(_approval(item) for item in record.approvals) or "none recorded",
    }
    grid = _grid()
    for name, value in lines.items():
        grid.add_row(name, value)
    console.print(grid)
    if record.error:
        _show_error(record.error, console)
    _show_phases(record, console)
    if record.changed is not None:
        console.print(f"\n{len(record.changed)} resources changed", style="bold")
        console.print(_listed(record.changed), markup=False, soft_wrap=True)
    console.print("\nentries", style="bold")
    for entry in record.entries:
        about = str(entry.body.get("operation") or entry.body.get("outcome") or entry.body.get("verdict") or "")
        console.print(f"  {moment(entry.at)}  {entry.kind.value:<12}{entry.by}  {about}".rstrip(), markup=False)


def show_figures(figures: Delivery, console: Console) -> None:
    """The figures of delivery."""
    grid = _grid()
    for name, value in {
        "releases": f"{figures.released} of {figures.attempts} attempts in {figures.days:.0f} days",
        "deployment frequency": f"{figures.frequency_per_day:.2f} a day",
        "lead time": f"{lasted(figures.lead_time_s)} from commit to live (median)",
        "success": _percent(figures.success_rate),
        "change failure rate": _percent(figures.change_failure_rate),
        "time to restore": f"{lasted(figures.time_to_restore_s)} (median)",
        "duration": f"{lasted(figures.duration_s)} (median)",
        "rollbacks of a day": str(figures.rollbacks_of_a_day),
    }.items():
        grid.add_row(name, value)
    console.print(grid)


def _show_error(error: dict[str, Any], console: Console) -> None:
    known = failure(error)
    console.print(Text.assemble("\n", ("failed: ", "bold red"), str(error.get("step", ""))))
    console.print(f"  {error.get('message', '')}", markup=False, soft_wrap=True)
    if "kind" in known:
        again = "recoverable" if known["recoverable"] else "needs a change"
        console.print(f"  [{known['code']}] {known['kind']}, {again}. {known['next']}", markup=False, soft_wrap=True)


def _show_phases(record: ReleaseRecord, console: Console) -> None:
    if not record.phases:
        return
    console.print("\nphases", style="bold")
    for phase in record.phases:
        sign = Text("✗", "bold red") if phase.get("state") == "failed" else Text("✓", "green")
        steps = f"{phase['completed']} steps" if phase.get("completed") else str(phase.get("note", ""))
        failed = f"  failed: {', '.join(phase['failed'])}" if phase.get("failed") else ""
        line = f" {phase.get('name', ''):<12}{lasted(phase.get('seconds')):>8}  {steps}{failed}".rstrip()
        console.print(Text.assemble("  ", sign, line), soft_wrap=True)


def _tests(record: ReleaseRecord) -> str:
    if not record.testing:
        return "none recorded: not released by acinaces deploy"
    return "passed" if record.testing.get("passed") else str(record.testing.get("note", "left out"))


def _approval(item: dict[str, Any]) -> str:
    return f"{item.get('by', 'unknown')} ({item.get('how', 'unknown')})" + (
        f": {item['note']}" if item.get("note") else ""
    )


def _listed(names: Sequence[str]) -> str:
    more = f", and {len(names) - _SHOWN_RESOURCES} more" if len(names) > _SHOWN_RESOURCES else ""
    return (", ".join(names[:_SHOWN_RESOURCES]) + more) or "none"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:g} %"


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    return grid
