"""Exit codes and the one shape of an error: what happened, where, why, what to do next."""

from __future__ import annotations

from enum import IntEnum
from typing import Any


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
    """Something that a person can mend.

    `error` is the kind's code, one of `ops.error_codes`: a heading of the runbook. `next_step` is one command or one
    action. `where` (a construct path, an ARN, a file) and `why` stand on lines of their own when the message, which
    says what happened, does not hold them.
    """

    def __init__(
        self,
        message: str,
        *,
        error: str,
        next_step: str,
        code: ExitCode = ExitCode.COULD_NOT_RUN,
        where: str = "",
        why: str = "",
    ) -> None:
        super().__init__(message)
        self.error = error
        self.next_step = next_step
        self.code = code
        self.where = where
        self.why = why

    def dump(self) -> dict[str, Any]:
        """The one shape of an error in JSON (docs/exit-codes.md)."""
        from ops.error_codes import ERROR_CODES, runbook_section

        known = ERROR_CODES.get(self.error)
        return {
            "error": {
                "code": self.error,
                "kind": known.kind.value if known else None,
                "phase": known.phase.value if known else None,
                "recoverable": known.recoverable if known else None,
                "message": str(self),
                "where": self.where or None,
                "why": self.why or None,
                "next": self.next_step,
                "exit_code": int(self.code),
                "runbook": runbook_section(self.error) if known else None,
            }
        }
