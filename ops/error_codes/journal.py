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
    ErrorCode(
        code="release-not-kept",
        kind=Kind.DEPENDENCY,
        phase=Phase.OPERATION,
        recoverable=False,
        symptom="A release cannot be made again without its source: it never passed, its template is not in the report "
        "bucket, or files that the template names are gone from CDK's staging bucket. Nothing was changed.",
        check="acinaces releases show RELEASE --env E; aws s3 ls BUCKET/releases/RELEASE/stacks/",
        fix="Choose another release, or build it anew: git switch --detach COMMIT && acinaces deploy --env E",
    ),
    ErrorCode(
        code="application-stands",
        kind=Kind.DEPLOYMENT,
        phase=Phase.OPERATION,
        recoverable=False,
        symptom="recover application was called, and the Release stack is there. Nothing was changed.",
        check="acinaces status --env E",
        fix="acinaces rollback release --to RELEASE --env E goes back to a release while the stack stands",
    ),
    ErrorCode(
        code="recovery-failed",
        kind=Kind.DEPLOYMENT,
        phase=Phase.OPERATION,
        recoverable=True,
        symptom="CloudFormation could not make the application's stack again; the error names what failed first. The "
        "release's own gate, or a hold, may be what stopped it.",
        check="aws cloudformation describe-stack-events --stack-name Acinaces-E-Release; acinaces status --env E",
        fix="Mend what failed (a hold: acinaces hold clear --env E), then acinaces recover application --env E "
        "--release RELEASE again",
    ),
)
