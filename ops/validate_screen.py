"""What a person sees while checks run and when they have ended: a live table, or plain lines without a terminal."""

from __future__ import annotations

import threading
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from lambda_src.verification.plan import Plan
from lambda_src.verification.rendering import words
from lambda_src.verification.report import not_passed
from lambda_src.verification.verdicts import Attempt, CheckResult, Report, Verdict

_STYLES = {"good": "green", "bad": "bold red", "warning": "yellow", "neutral": "dim"}
# Lines of the terminal that are not rows: headers, the summary, the prompt.
_OTHER_LINES = 8


@dataclass(kw_only=True)
class _Row:
    name: str
    began: float | None = None
    attempts: int = 0
    message: str = ""
    result: CheckResult | None = None


class LiveScreen:
    """A table that follows the run. Where the terminal is too short for it, what has passed is counted instead."""

    def __init__(self, console: Console, plan: Plan) -> None:
        self._console = console
        self._rows = {check.name: _Row(name=check.name) for check in plan.checks}
        self._began = time.monotonic()
        self._lock = threading.Lock()

    def shown(self) -> AbstractContextManager[object]:
        """Shows it within the block, and leaves nothing behind."""
        return Live(
            get_renderable=self.__rich__, console=self._console, transient=True, refresh_per_second=8,
            redirect_stdout=False, redirect_stderr=False,
        )  # fmt: skip

    def attempt(self, name: str, number: int, last: Attempt | None) -> None:
        with self._lock:
            row = self._rows[name]
            row.began = row.began or time.monotonic()
            row.attempts = number
            row.message = last.message if last is not None else ""

    def result(self, result: CheckResult) -> None:
        with self._lock:
            self._rows[result.name].result = result

    def __rich__(self) -> Group:
        with self._lock:
            rows = list(self._rows.values())
            done = [row for row in rows if row.result is not None]
            room = max(self._console.size.height - _OTHER_LINES, 5)
            kept = rows if len(rows) <= room else [row for row in rows if row.began and not _has_passed(row)][:room]
            table = _table()
            for row in kept:
                table.add_row(*_cells(row))
        left_out = len(rows) - len(kept)
        passed = sum(_has_passed(row) for row in rows)
        line = f"{len(done)} of {len(rows)} checks, {passed} passed, {time.monotonic() - self._began:.0f} s"
        return Group(table, Text(line + (f"; {left_out} not shown" if left_out else ""), style="dim"))


class PlainScreen:
    """A line for each check that has ended."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def shown(self) -> AbstractContextManager[object]:
        """Nothing is shown before a check ends."""
        return nullcontext()

    def attempt(self, name: str, number: int, last: Attempt | None) -> None:
        """Says nothing: a log is read afterwards, and the result counts the attempts."""

    def result(self, result: CheckResult) -> None:
        why = "" if result.verdict is Verdict.PASSED else f": {result.message}"
        line = f"{result.verdict:<12} {result.name}  {words.duration(result.latency_ms)}  {words.attempts(result)}{why}"
        self._console.print(Text(line), soft_wrap=True)


def screen(console: Console, plan: Plan) -> LiveScreen | PlainScreen:
    """What fits `console`."""
    return LiveScreen(console, plan) if console.is_terminal else PlainScreen(console)


def show(report: Report, console: Console) -> None:
    """The outcome: on a terminal all checks, then what did not pass with what to do, then the answer."""
    if console.is_terminal:
        table = _table()
        for result in report.checks:
            table.add_row(*_cells(_Row(name=result.name, attempts=result.attempts, result=result)))
        console.print(table)
        console.print()
    for result in not_passed(report):
        advisory = "" if result.criticality == "critical" else ", advisory"
        console.print(
            Text.assemble(
                (f"{words.SYMBOLS[result.verdict]} {result.name}", _STYLES[words.tone(result.verdict)]),
                f" ({result.verdict}{advisory}, {words.attempts(result)}): {result.message}",
            ),
            soft_wrap=True,
        )
        console.print(Text.assemble(("  to do: ", "bold"), result.remedy), soft_wrap=True)
    for note in report.notes:
        console.print(Text(note, style="dim"), soft_wrap=True)
    if report.cleanup.leftovers:
        console.print(Text(f"rows not removed: {', '.join(report.cleanup.leftovers)}", style="yellow"), soft_wrap=True)
    console.print(
        Text.assemble(
            (f"{words.SYMBOLS[report.verdict]} {words.headline(report)}", _STYLES[words.report_tone(report)]),
            f"  {words.counts(report)} in {words.duration(report.duration_ms)}, release {report.release_id}",
        ),
        soft_wrap=True,
    )


def _table() -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("check", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("latency", justify="right", no_wrap=True)
    table.add_column("attempts", justify="right", no_wrap=True)
    table.add_column("", overflow="ellipsis", no_wrap=True, ratio=1)
    return table


def _cells(row: _Row) -> tuple[Text, Text, Text, Text, Text]:
    result = row.result
    if result is None:
        state = Text("running" if row.began else "waiting", style="cyan" if row.began else "dim")
        running = f"{time.monotonic() - row.began:.0f} s" if row.began else ""
        return Text(row.name), state, Text(running, style="dim"), Text(str(row.attempts or "")), Text(row.message)
    style = _STYLES[words.tone(result.verdict)]
    said = "" if result.verdict is Verdict.PASSED else result.message
    return (
        Text(row.name),
        Text(f"{words.SYMBOLS[result.verdict]} {result.verdict}", style=style),
        Text(words.duration(result.latency_ms)),
        Text(str(result.attempts), style="yellow" if result.attempts > 1 else ""),
        Text(said, style="dim"),
    )


def _has_passed(row: _Row) -> bool:
    return row.result is not None and row.result.verdict is Verdict.PASSED
