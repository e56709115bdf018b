"""Every kind of error that the operator's command line can end with, and what to do about it.

`OperatorError(error=…)` takes one of these codes; the runbook has a section for each. To add codes, add them to a
module of this package, and the module to the list here.
"""

from __future__ import annotations

from typing import Final

from ops.error_codes import access, journal, laptop, pipeline, pull_request, release, removal, rollback, secrets, usage
from ops.error_codes.kinds import ErrorCode, Kind, Phase

_MODULES: Final = (
    usage,
    access,
    release,
    pipeline,
    rollback,
    removal,
    secrets,
    laptop,
    journal,
    pull_request,
)
ERROR_CODES: Final[dict[str, ErrorCode]] = {entry.code: entry for module in _MODULES for entry in module.CODES}
RUNBOOK: Final = "docs/generated/runbook.md"

__all__ = ["ERROR_CODES", "RUNBOOK", "ErrorCode", "Kind", "Phase", "runbook_section"]


def runbook_section(code: str) -> str:
    """Where the runbook tells about `code`: the page and the heading."""
    return f"{RUNBOOK}#{code}"
