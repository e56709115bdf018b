"""Going back, holding, and one change at a time."""

from __future__ import annotations

from ops.error_codes.kinds import ErrorCode, Kind, Phase

CODES = (
    ErrorCode(
        code="nothing-eligible",
        kind=Kind.DEPLOYMENT,
        phase=Phase.OPERATION,
        recoverable=False,
        symptom="There is nothing to go back to: one release only, a version or file of the target that is deleted, or "
        "the target serves already. Nothing was changed.",
        check="acinaces rollback release --env E --dry-run; acinaces releases --env E",
        fix="Choose another release with --to, or go forward: mend it and acinaces deploy --env E",
    ),
    ErrorCode(
        code="no-such-release",
        kind=Kind.CONFIGURATION,
        phase=Phase.OPERATION,
        recoverable=False,
        symptom="--to names a release, commit or attempt that the journal does not have.",
        check="acinaces rollback release --env E --dry-run lists the candidates",
        fix="acinaces rollback release --env E --to RELEASE, with one of the list",
    ),
    ErrorCode(
        code="rollback-unfinished",
        kind=Kind.DEPLOYMENT,
        phase=Phase.OPERATION,
        recoverable=True,
        symptom="A rollback stopped before its end: some aliases or files are back, others are not. The journal says "
        "which.",
        check="acinaces rollback release --env E --dry-run",
        fix="acinaces rollback release --env E --resume to finish it, or --revert to undo it",
    ),
    ErrorCode(
        code="rollback-interrupted",
        kind=Kind.DEPLOYMENT,
        phase=Phase.OPERATION,
        recoverable=True,
        symptom="Ctrl-C in the middle of a rollback. Changes under way were finished, no further one was begun.",
        check="acinaces rollback release --env E --dry-run",
        fix="acinaces rollback release --env E --resume to finish it, or --revert to undo it",
    ),
    ErrorCode(
        code="environment-busy",
        kind=Kind.DEPLOYMENT,
        phase=Phase.PREPARATION,
        recoverable=True,
        symptom="Somebody else changes the environment at this moment: a deployment, a rollback, a clean-up. The error "
        "says who and since when.",
        check="acinaces doctor --env E",
        fix="Wait for it. A command that died keeps others out for two minutes at most",
    ),
    ErrorCode(
        code="on-hold",
        kind=Kind.DEPLOYMENT,
        phase=Phase.PREPARATION,
        recoverable=True,
        symptom="The environment is on hold, as after every rollback: a deployment would bring back what was left.",
        check="acinaces hold show --env E",
        fix="Mend what the hold's reason says, then acinaces deploy --env E --clear-hold",
    ),
    ErrorCode(
        code="prune-incomplete",
        kind=Kind.DEPLOYMENT,
        phase=Phase.OPERATION,
        recoverable=True,
        symptom="Some versions or files that no rollback needs could not be deleted; the error names them. What is "
        "needed was not touched.",
        check="acinaces prune --env E --dry-run",
        fix="acinaces prune --env E, once more, signed in with a role that may delete them",
    ),
    ErrorCode(
        code="emergency-incomplete",
        kind=Kind.MONITORING,
        phase=Phase.OPERATION,
        recoverable=True,
        symptom="The emergency stop is pulled, and a part of what goes with it failed: the rollback was not started, "
        "or nobody was told. The error says which.",
        check="aws stepfunctions list-executions --state-machine-arn ARN, the one named E-crypto-trading-rollback",
        fix="acinaces rollback release --env E, and tell people by other means",
    ),
)
