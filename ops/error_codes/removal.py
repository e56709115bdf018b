"""Taking an environment down."""

from __future__ import annotations

from ops.error_codes.kinds import ErrorCode, Kind, Phase

CODES = (
    ErrorCode(
        code="still-protected",
        kind=Kind.SECURITY,
        phase=Phase.OPERATION,
        recoverable=True,
        symptom="The environment is to be removed, and its stacks or tables are protected against that. Nothing was "
        "removed.",
        check="acinaces destroy --env E --dry-run shows what would go; acinaces protect --env E off --dry-run shows "
        "what is protected",
        fix="acinaces protect --env E off, and then acinaces destroy --env E",
    ),
    ErrorCode(
        code="removal-interrupted",
        kind=Kind.ENVIRONMENT,
        phase=Phase.OPERATION,
        recoverable=True,
        symptom="Ctrl-C while an environment was being removed. Stacks that are gone stay gone; CloudFormation goes on "
        "with the one that it is at.",
        check="acinaces destroy --env E --dry-run shows what is left to go",
        fix="acinaces destroy --env E, with --with-state if it was there before: it waits for what is being deleted "
        "and goes on. To have the environment back instead: make deploy ENV=E",
    ),
    ErrorCode(
        code="removal-incomplete",
        kind=Kind.DEPLOYMENT,
        phase=Phase.OPERATION,
        recoverable=True,
        symptom="Some stacks or other things of the environment could not be removed; the error names them with AWS's "
        "reason. What was removed is gone.",
        check="acinaces destroy --env E --dry-run; for a stack: aws cloudformation describe-stack-events --stack-name "
        "STACK --query \"StackEvents[?ResourceStatus=='DELETE_FAILED']\"",
        fix="Fix what the reason names (often a missing permission), then acinaces destroy --env E again",
    ),
)
