"""Tables of secrets for people, and the same for programs. Fingerprints stand for values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from ops.secrets.populate import Action, Step
from ops.secrets.proving import Seen
from ops.secrets.status import Row
from ops.secrets.store import State

_STATES = {State.POPULATED: "green", State.PLACEHOLDER: "yellow", State.INCOMPLETE: "yellow"}
_STYLES = {Action.CREATE: "green", Action.UPDATE: "yellow", Action.IMPOSSIBLE: "bold red"}


def table(*columns: str) -> Table:
    """A table without lines, in which long text wraps at words."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def show_plan(steps: Sequence[Step], console: Console) -> None:
    """What would be done with each secret."""
    made = table("secret", "action", "stored", "entered", "")
    for step in steps:
        style = _STYLES.get(step.action, "dim")
        made.add_row(step.name, f"[{style}]{step.action}[/]", step.before or "-", step.after or "-", step.reason or "")
    console.print(made)


def plan_document(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """The plan for `--json`."""
    return [
        {
            "secret": step.name,
            "action": step.action.value,
            "stored": step.before,
            "entered": step.after,
            "reason": step.reason or None,
        }
        for step in steps
    ]


def show_status(rows: Sequence[Row], console: Console) -> None:
    """How each secret stands."""
    made = table("secret", "state", "age", "due", "fingerprint", "read by")
    for row in rows:
        style = _STATES.get(row.state, "bold red")
        due = row.due.date().isoformat() if row.due else "-"
        made.add_row(
            row.name,
            f"[{style}]{row.state}[/]" + (" (rotating)" if row.pending else ""),
            "-" if row.age_days is None else f"{row.age_days} d",
            f"[bold red]{due}[/]" if row.overdue else due,
            row.fingerprint or "-",
            ", ".join(row.consumers) or "-",
        )
    console.print(made)


def show_seen(seen: Sequence[Seen], console: Console) -> None:
    """What each function has proved; nothing where none was asked."""
    if not seen:
        return
    made = table("", "secret", "function", "version", "")
    for one in seen:
        sign = "[bold red]✗[/]" if one.problem else "[green]✓[/]"
        made.add_row(sign, one.secret, one.function, (one.version or "-")[:8], one.problem)
    console.print(made)


def seen_document(seen: Sequence[Seen]) -> list[dict[str, Any]]:
    """The same for `--json`."""
    return [
        {"secret": one.secret, "function": one.function, "version": one.version, "problem": one.problem or None}
        for one in seen
    ]
