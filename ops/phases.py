"""The phases of a deployment (MISSION M18, M21): one line each at the end, whatever the outcome."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Literal, Self

from rich.console import Console
from rich.text import Text

_SIGNS = {"done": ("✓", "green"), "failed": ("✗", "bold red")}


@dataclass(kw_only=True)
class Phase:
    """One phase; `note` is what a reader of the summary should know. Seconds."""

    name: str
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    state: Literal["done", "failed"] = "failed"
    seconds: float = 0.0
    note: str = ""


class Phases:
    """Records phases within its block and prints them when the block ends, an error included."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.finished: list[Phase] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        for phase in self.finished:
            sign, style = _SIGNS[phase.state]
            line = Text.assemble((sign, style), f" {phase.name}  {phase.seconds:.0f} s")
            self._console.print(line.append(f"  {phase.note}" if phase.note else ""), soft_wrap=True)

    @contextmanager
    def phase(self, name: str) -> Iterator[Phase]:
        """One phase; failed when the block raises."""
        phase, began = Phase(name=name), time.monotonic()
        self.finished.append(phase)
        try:
            yield phase
            phase.state = "done"
        finally:
            phase.seconds = time.monotonic() - began
