"""A step, and what all steps work with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pull_request.process import ROOT
from pull_request.verdict import Result

TOOLS = ROOT / ".tools"


@dataclass(frozen=True, kw_only=True)
class Context:
    """base: the commit to compare with. work: a folder of this run. output: where what people want to keep goes."""

    base: str
    work: Path
    output: Path

    @property
    def head_templates(self) -> Path:
        """The branch's templates, a folder per environment."""
        return self.work / "head"

    @property
    def base_templates(self) -> Path:
        return self.work / "base"

    @property
    def bills(self) -> Path:
        """Where the bills of materials are written."""
        return self.output / "sbom"


@dataclass(frozen=True, kw_only=True)
class Step:
    """Something that gives one or more verdicts.

    verdicts: their names; each is given, whatever happens. needs: steps that must have ended before; one that did not
    pass is this step's own to judge. seconds: about how long it takes, so that the long ones begin first.
    """

    name: str
    run: Callable[[Context], Sequence[Result]]
    verdicts: tuple[str, ...]
    needs: tuple[str, ...] = ()
    seconds: int = 1


def tool(environment: str, name: str) -> str:
    """A program of one of the virtual environments that `make setup-pr` makes beside the project's own."""
    return str(TOOLS / environment / "bin" / name)
