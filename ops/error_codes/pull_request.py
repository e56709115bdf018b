"""Checking a branch (`make pr`)."""

from __future__ import annotations

from ops.error_codes.kinds import ErrorCode, Kind, Phase

CODES = (
    ErrorCode(
        code="no-base-to-compare",
        kind=Kind.ENVIRONMENT,
        phase=Phase.TESTING,
        recoverable=True,
        symptom="make pr finds no commit to compare the branch with: no main here, or a clone without its history.",
        check="git merge-base HEAD origin/main",
        fix="git fetch --unshallow origin main, or make pr BASE=COMMIT",
    ),
    ErrorCode(
        code="no-such-step",
        kind=Kind.CONFIGURATION,
        phase=Phase.TESTING,
        recoverable=False,
        symptom="make pr ONLY=… names a step that there is not; the error lists those that there are.",
        check="Read the error's list",
        fix="make pr ONLY=STEP, with one of that list",
    ),
)
