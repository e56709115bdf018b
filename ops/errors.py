"""Exit codes and the one shape of an error: what happened, where, why, what to do next."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What every command returns; documented in docs/exit-codes.md."""

    OK = 0
    CHECK_FAILED = 1
    USAGE = 2
    COULD_NOT_RUN = 3
    INCONCLUSIVE = 4
    PRECONDITION = 5
    PARTIAL = 6
    INTERRUPTED = 130


class OperatorError(Exception):
    """Something that a person can mend; `next_step` is one command or one action.

    `error` is the kind's code in kebab case, e.g. `not-signed-in`: a heading of the runbook.
    """

    def __init__(
        self,
        message: str,
        *,
        next_step: str,
        code: ExitCode = ExitCode.COULD_NOT_RUN,
        error: str = "could-not-run",
    ) -> None:
        super().__init__(message)
        self.next_step = next_step
        self.code = code
        self.error = error
