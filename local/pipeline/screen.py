"""What a run of the pipeline shows at its end, and how a person answers in between."""

from __future__ import annotations

import sys

import typer
from rich.console import Console
from rich.table import Table

from local.pipeline.rehearsal import Rehearsal


def ask(name: str, told: list[str]) -> bool:
    """Shows what the steps have told, and takes the environment's name as a yes. Without a terminal it is a no."""
    console = Console(stderr=True, highlight=False)
    console.print(f"\nDeploy to {name}?", markup=False)
    for line in filter(None, told):
        console.print(f"  {line}", markup=False, soft_wrap=True)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        console.print("  there is no terminal to approve on: not deployed", markup=False)
        return False
    answer: str = typer.prompt(
        f"Type the environment's name ({name}) to approve", err=True, default="", show_default=False
    )
    return answer.strip() == name


def show(done: Rehearsal, console: Console) -> None:
    """A line for each step, and where it ended."""
    table = Table(box=None, pad_edge=False, show_header=False)
    for one in done.ran:
        verdict = "passed before" if one.before else "passed" if one.passed else "failed"
        table.add_row(one.step, verdict, f"{one.seconds:.0f} s", one.summary)
    console.print(table)
    console.print(f"Deployed: {', '.join(done.deployed) or 'nothing'}, in {done.seconds:.0f} s", markup=False)
    if done.not_approved:
        console.print(f"Not approved, and not deployed: {done.not_approved}", markup=False)
