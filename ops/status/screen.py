"""A status as people read it at three in the morning: good or not, first."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.releases.words import ago, moment, short
from ops.status.judge import Status


def show(status: Status, console: Console) -> None:
    """The verdict in one line, then what it stands on."""
    release = status.release
    if release is None:
        console.print(Text(f"✗ nothing serves in {status.environment}", style="bold red"))
    elif status.good:
        console.print(Text(f"✓ {status.environment} is good", style="bold green"))
    else:
        console.print(Text(f"✗ {status.environment} is not as it should be", style="bold red"))
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    if release is not None and status.since:
        grid.add_row("release", f"{release.release_id}, commit {short(release.commit)} of {release.author}")
        for part, release_id in status.behind.items():
            grid.add_row(part, f"{release_id}, by a rollback")
        grid.add_row("since", f"{moment(status.since)} UTC ({ago(status.since)} ago), by {status.by}")
        grid.add_row("gate", release.summary or release.verdict or "no verdict")
    grid.add_row("hold", status.hold or "none")
    for name, lines in (("doing", (status.doing,) if status.doing else ()), ("problem", status.problems)):
        for line in lines:
            grid.add_row(name, line)
    for line in status.drift or ("none",):
        grid.add_row("drift", line)
    console.print(grid)


def next_command(status: Status) -> str:
    """The one command that helps."""
    name = f"--env {status.environment}"
    if status.doing:
        return f"acinaces status {name}"
    if status.problems or status.release is None:
        return f"acinaces doctor {name}"
    if status.drift:
        return f"acinaces rollback release {name} --to {status.release.release_id[:8]} --dry-run"
    if status.hold:
        return f"acinaces hold show {name}"
    return f"acinaces releases show live {name}"
