"""Reaching the cloud, and being allowed to."""

from __future__ import annotations

from ops.error_codes.kinds import ErrorCode, Kind, Phase

CODES = (
    ErrorCode(
        code="placeholder-account",
        kind=Kind.CONFIGURATION,
        phase=Phase.PREPARATION,
        recoverable=True,
        symptom="environments/E.toml has an account number that no person entered (all digits the same, or one of the "
        "documentation's). It may be a stranger's: nothing was prepared, and nothing trusts it.",
        check="the key that the error names, in environments/E.toml",
        fix="Enter the number of your own account (aws sts get-caller-identity), then run the command again",
    ),
    ErrorCode(
        code="no-permissions-boundary",
        kind=Kind.CONFIGURATION,
        phase=Phase.PREPARATION,
        recoverable=True,
        symptom="acinaces bootstrap would limit every role to a permissions boundary, and environments/E.toml names "
        "none: CloudFormation could then make no role at all.",
        check="[aws] permissions_boundary in environments/E.toml",
        fix="Add the key and run acinaces bootstrap again, or stay with plain cdk bootstrap, which needs neither",
    ),
    ErrorCode(
        code="not-signed-in",
        kind=Kind.ENVIRONMENT,
        phase=Phase.PREPARATION,
        recoverable=True,
        symptom="A command stops before it has done anything: no AWS credentials were found, or they have expired.",
        check="aws sts get-caller-identity",
        fix="aws sso login, then export AWS_PROFILE=NAME",
    ),
    ErrorCode(
        code="wrong-account",
        kind=Kind.SECURITY,
        phase=Phase.PREPARATION,
        recoverable=True,
        symptom="You are signed in, but to another account than the one that environments/E.toml names. "
        "Nothing was read or changed there.",
        check="aws sts get-caller-identity, and compare with [aws] account in environments/E.toml",
        fix="export AWS_PROFILE=NAME, with a profile of the environment's own account",
    ),
    ErrorCode(
        code="unreachable",
        kind=Kind.ENVIRONMENT,
        phase=Phase.PREPARATION,
        recoverable=True,
        symptom="AWS, or the embedded cloud, does not answer: no route, a proxy in between, or nothing listens.",
        check="curl -sS https://sts.eu-central-1.amazonaws.com (for local: make local-status)",
        fix="Mend the network or unset AWS_ENDPOINT_URL; for local: make local",
    ),
    ErrorCode(
        code="aws-refused",
        kind=Kind.SECURITY,
        phase=Phase.OPERATION,
        recoverable=True,
        symptom="AWS answered a call with an error: most often AccessDenied, sometimes Throttling or a resource that "
        "does not exist. The error names what was being done and AWS's own code.",
        check="acinaces doctor --env E; for AccessDenied compare the role with the call that is named",
        fix="Use a role that may do it; after Throttling, wait a minute and run the command again",
    ),
    ErrorCode(
        code="aws-configuration",
        kind=Kind.CONFIGURATION,
        phase=Phase.PREPARATION,
        recoverable=True,
        symptom="boto3 cannot use the AWS settings of this machine: an unknown profile, a malformed ~/.aws/config.",
        check="aws configure list",
        fix="Mend ~/.aws/config, or export AWS_PROFILE=NAME with a profile that exists",
    ),
    ErrorCode(
        code="tool-missing",
        kind=Kind.DEPENDENCY,
        phase=Phase.PREPARATION,
        recoverable=True,
        symptom="A program that belongs to the project is not installed: cdk, node, redis-server, the emulator.",
        check="acinaces doctor --env E",
        fix="make setup",
    ),
    ErrorCode(
        code="file-not-writable",
        kind=Kind.ENVIRONMENT,
        phase=Phase.OPERATION,
        recoverable=True,
        symptom="A report or document could not be written: no such folder, no permission, a full disk.",
        check="ls -ld FOLDER; df -h FOLDER",
        fix="Name a file in a folder that you may write to",
    ),
)
