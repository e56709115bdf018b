"""What a step says about the branch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ops.errors import ExitCode


class Verdict(StrEnum):
    """A step that could not run has not passed."""

    PASSED = "passed"
    FAILED = "failed"
    COULD_NOT_RUN = "could not run"


@dataclass(frozen=True, kw_only=True)
class Result:
    """One verdict. note: what one should know in a line. details: what one needs to mend it. Seconds."""

    name: str
    verdict: Verdict
    note: str = ""
    details: str = ""
    seconds: float = 0.0

    def dump(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "verdict": self.verdict.value,
            "seconds": round(self.seconds, 1),
            "note": self.note,
            "details": self.details,
        }


def passed(name: str, note: str = "", details: str = "") -> Result:
    return Result(name=name, verdict=Verdict.PASSED, note=note, details=details)


def failed(name: str, note: str, details: str = "") -> Result:
    return Result(name=name, verdict=Verdict.FAILED, note=note, details=details)


def could_not_run(name: str, note: str, details: str = "") -> Result:
    return Result(name=name, verdict=Verdict.COULD_NOT_RUN, note=note, details=details)


def exit_code(results: Iterable[Result]) -> ExitCode:
    """1 when a step failed; 3 when none failed and one could not run; 0 when all passed. Never 0 for nothing at all."""
    verdicts = {result.verdict for result in results}
    if Verdict.FAILED in verdicts:
        return ExitCode.CHECK_FAILED
    return ExitCode.OK if verdicts == {Verdict.PASSED} else ExitCode.COULD_NOT_RUN
