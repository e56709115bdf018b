"""Telling a person what is going on, on standard error: phases with timers, and what happens within the present one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

# Without a terminal a line every so often shows that it is still at work.
_HEARTBEAT_S = 10.0


class Phase:
    """One phase while it lasts. Renders itself with the time that has passed; `note` says what happens now."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.detail = ""
        self._started = time.monotonic()
        self._told = self._started

    @property
    def seconds(self) -> float:
        """How long it has lasted."""
        return time.monotonic() - self._started

    def note(self, detail: str) -> None:
        """What happens now, in some words; replaces the previous note."""
        self.detail = detail

    def is_due(self) -> bool:
        """Whether a line without a terminal is due; at most one every ten seconds."""
        now = time.monotonic()
        if now - self._told < _HEARTBEAT_S:
            return False
        self._told = now
        return True

    def __rich__(self) -> Text:
        line = Text.assemble(self.title, (f"  {self.seconds:.0f} s", "dim"), f"  {self.detail}" if self.detail else "")
        line.no_wrap = True
        line.overflow = "ellipsis"
        return line


class Progress:
    """Phases on `console`: a spinner on a terminal, plain lines elsewhere."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._phase: Phase | None = None

    @contextmanager
    def phase(self, title: str) -> Iterator[Phase]:
        """Show `title` while the block runs, and afterwards how long it took and whether it went well."""
        self._phase = phase = Phase(title)
        try:
            if self.console.is_terminal:
                with self.console.status(phase):  # rendered anew on each refresh, hence the running timer
                    yield phase
            else:
                self.console.print(f"… {title}", markup=False)
                yield phase
        except BaseException:
            self._end(phase, "✗", "red")
            raise
        self._end(phase, "✓", "green")

    def tell(self, sentence: str) -> None:
        """A line that stays."""
        self.console.print(f"! {sentence}", markup=False, soft_wrap=True)

    def note(self, detail: str) -> None:
        """As `Phase.note` for the present phase; a heartbeat where there is no terminal."""
        if self._phase is None:
            return
        self._phase.note(detail)
        if not self.console.is_terminal and self._phase.is_due():
            self.console.print(f"  {self._phase.seconds:.0f} s  {detail}", markup=False, soft_wrap=True)

    def _end(self, phase: Phase, sign: str, style: str) -> None:
        self.console.print(Text.assemble((sign, style), f" {phase.title}", (f"  {phase.seconds:.1f} s", "dim")))
        self._phase = None
