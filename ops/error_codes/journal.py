"""The journal of releases."""

from __future__ import annotations

from ops.error_codes.kinds import ErrorCode, Kind, Phase

CODES = (
    ErrorCode(
        code="release-not-found",
        kind=Kind.CONFIGURATION,
        phase=Phase.OPERATION,
        recoverable=False,
        symptom="No attempt in the journal has a release id, attempt id or commit that begins with what was typed.",
        check="acinaces releases --env E --limit 100",
        fix="Use a release of the list, or `live`",
    ),
)
