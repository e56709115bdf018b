"""Tables of secrets for people, and the same for programs. Fingerprints stand for values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from ops.secrets.populate import Action, Step

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
