"""What a person sees of a rollback: the candidates, what it would change, each step, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lambda_src.operations import releases
from lambda_src.operations.releases import Chronicle, Release
from lambda_src.operations.site import in_order
from ops.rollback.commits import commits_between
from ops.rollback.operation import Result
from ops.rollback.targets import Plan
from ops.rollback.work import FAILED

_SHOWN: Final = 8
NOT_ROLLED_BACK: Final = (
    "Not rolled back: data and its schema, secrets, and the infrastructure (routes, permissions, alarms)."
)


class StepScreen:
    """A line for each step."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def step(self, name: str, outcome: str, problem: str = "") -> None:
        sign, style = ("✗", "bold red") if outcome == FAILED else ("✓", "green")
        line = Text.assemble((sign, style), f" {name}  {outcome}{f': {problem}' if problem else ''}")
        self._console.print(line, soft_wrap=True)

    def warn(self, message: str) -> None:
        self._console.print(Text.assemble(("! ", "yellow"), message), soft_wrap=True)


def show_candidates(chronicle: Chronicle, *, scope: str, console: Console) -> None:
    """The releases that a rollback may go to, newest first, below what serves."""
    parts = releases.SCOPES[scope]
    live = chronicle.live(parts)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("release", "started", "commit", "author", "verdict", ""):
        table.add_column(name, no_wrap=name not in ("author", ""), overflow="fold")
    rows = [*([live] if live else []), *chronicle.candidates(parts)[:_SHOWN]]
    for release in rows:
        note = "serves" if release is live else ""
        table.add_row(*(Text(cell) for cell in (*_cells(release), note)))
    console.print(table)


def show_plan(plan: Plan, console: Console) -> None:
    """What goes from where to where, the commits between, and what does not go with it."""
    line = Text.assemble(
        (f"{plan.scope}: ", "bold"),
        _named(plan.live),
        " -> ",
        (_named(plan.target), "bold"),
        f" ({plan.target.started[:16]})",
    )
    console.print(line, soft_wrap=True)
    for commit in commits_between(plan.target.commit, plan.live.commit):
        console.print(Text(f"  leaves {commit}", style="dim"), soft_wrap=True)
    for move in plan.moves:
        shift = ", and its shift of traffic ends" if move.function in plan.shifting else ""
        console.print(
            Text(f"  {move.function}: version {move.from_version} -> {move.to_version}{shift}"), soft_wrap=True
        )
    for group, items in in_order(plan.restores):
        console.print(Text(f"  site: {len(items)} {group}"), soft_wrap=True)
    for stay in plan.stays:
        console.print(Text(f"  stays: {stay}", style="dim"), soft_wrap=True)
    console.print(Text(NOT_ROLLED_BACK), soft_wrap=True)


def show_result(result: Result, console: Console) -> None:
    """How it ended, in two or three lines."""
    style = "green" if not result.done.problems else "bold red"
    console.print(
        Text.assemble(
            (result.outcome, style),
            f": {result.done.moved} aliases, {result.done.restored} files",
            f"; verification: {result.verdict}" if result.verdict else "",
            f"  ({result.operation})",
        ),
        soft_wrap=True,
    )
    for problem in result.done.problems:
        console.print(Text.assemble(("✗ ", "bold red"), problem), soft_wrap=True)


def as_json(
    environment: str, scope: str, *, chronicle: Chronicle, plan: Plan | None = None, result: Result | None = None
) -> dict[str, Any]:
    """For `--json`: candidates, and what was planned or done."""
    parts = releases.SCOPES[scope]
    live = chronicle.live(parts)
    return {
        "environment": environment,
        "scope": scope,
        "serves": _document(live) if live else None,
        "candidates": [_document(release) for release in chronicle.candidates(parts)],
        "target": _document(plan.target) if plan else None,
        "moves": [move.document() for move in plan.moves] if plan else [],
        "files": len(plan.restores) if plan else 0,
        "operation": result.operation if result else None,
        "outcome": result.outcome if result else None,
        "verdict": (result.verdict or None) if result else None,
        "moved": result.done.moved if result else 0,
        "restored": result.done.restored if result else 0,
        "problems": result.done.problems if result else [],
        "warnings": result.done.warnings if result else [],
    }


def _document(release: Release) -> dict[str, str]:
    return {
        "attempt": release.attempt,
        "release_id": release.release_id,
        "started": release.started,
        "commit": release.commit,
        "author": release.author,
        "verdict": release.verdict,
    }


def _cells(release: Release) -> Sequence[str]:
    return (
        release.release_id[:12],
        release.started[:16].replace("T", " "),
        release.commit[:12],
        release.author,
        release.verdict,
    )


def _named(release: Release) -> str:
    return f"{release.release_id[:12]} (commit {release.commit[:12]})"
