"""Credentials: entering, storing and rotating them."""

from __future__ import annotations

from ops.error_codes.kinds import ErrorCode, Kind, Phase

CODES = (
    ErrorCode(
        code="secrets-file",
        kind=Kind.CONFIGURATION,
        phase=Phase.OPERATION,
        recoverable=False,
        symptom="What --from names cannot be read as a list of secrets. Nothing was stored. The error gives the line "
        "and never the text, which may be a secret.",
        check="acinaces secrets template, and compare",
        fix="Correct the line that is named",
    ),
    ErrorCode(
        code="secret-format",
        kind=Kind.VALIDATION,
        phase=Phase.OPERATION,
        recoverable=False,
        symptom="A credential does not look as its exchange or provider hands it out; all problems are listed, and "
        "nothing was stored.",
        check="Compare length and form with what the provider shows; a key in the secret's field is the usual mistake",
        fix="Correct the fields that are named. Where the provider has changed its format: --any-format NAME",
    ),
    ErrorCode(
        code="input-needed",
        kind=Kind.ENVIRONMENT,
        phase=Phase.OPERATION,
        recoverable=True,
        symptom="The command would ask for values, and there is no terminal to ask on. Nothing was stored.",
        check="acinaces secrets template",
        fix="Add --from FILE, or --from - to read standard input",
    ),
    ErrorCode(
        code="no-such-secret",
        kind=Kind.CONFIGURATION,
        phase=Phase.OPERATION,
        recoverable=False,
        symptom="The command names a secret that environments do not have. Nothing was changed.",
        check="acinaces secrets status --env E lists them",
        fix="Use one of the names that the error lists",
    ),
    ErrorCode(
        code="secrets-not-deployed",
        kind=Kind.DEPLOYMENT,
        phase=Phase.OPERATION,
        recoverable=True,
        symptom="The environment has none of the secrets yet: its Secrets stack was never deployed.",
        check="aws secretsmanager list-secrets --filters Key=name,Values=E/ --query 'SecretList[].Name'",
        fix="make deploy ENV=E (for local: make local), then acinaces secrets populate --env E",
    ),
    ErrorCode(
        code="secrets-partly-stored",
        kind=Kind.DEPLOYMENT,
        phase=Phase.OPERATION,
        recoverable=True,
        symptom="Some secrets were stored and some were not; each is named with AWS's reason. Each has its former "
        "value or the new one, never half of it.",
        check="acinaces secrets status --env E",
        fix="Mend the reason (most often a permission on the secret or its key), then run the same command again",
    ),
    ErrorCode(
        code="nothing-populated",
        kind=Kind.CONFIGURATION,
        phase=Phase.OPERATION,
        recoverable=True,
        symptom="There is nothing to verify or rotate: the secrets that are meant are still placeholders.",
        check="acinaces secrets status --env E",
        fix="acinaces secrets populate --env E",
    ),
    ErrorCode(
        code="secret-not-seen",
        kind=Kind.VALIDATION,
        phase=Phase.OPERATION,
        recoverable=True,
        symptom="A function does not read the version that is stored, or Redis refuses the token that it reads; each "
        "function and secret is named. AccessDenied: its role may not read the secret or use its key.",
        check="aws logs tail /aws/lambda/FUNCTION --since 15m; acinaces secrets status --env E",
        fix="acinaces secrets verify --env E once more; for AccessDenied make deploy ENV=E, which sets up the roles",
    ),
    ErrorCode(
        code="secret-not-replaced",
        kind=Kind.DEPLOYMENT,
        phase=Phase.OPERATION,
        recoverable=True,
        symptom="A credential could not be replaced; the message says which value it has now; that value works.",
        check="acinaces secrets status --env E",
        fix="Mend what AWS answered (most often a permission), then run the same command again: it goes on from there",
    ),
    ErrorCode(
        code="no-former-value",
        kind=Kind.CONFIGURATION,
        phase=Phase.OPERATION,
        recoverable=False,
        symptom="--back found no earlier value: the credential was entered once and never replaced.",
        check="aws secretsmanager list-secret-version-ids --secret-id E/exchanges/NAME",
        fix="acinaces secrets rotate NAME --env E, with the value that is to be used",
    ),
    ErrorCode(
        code="rotation-not-set-up",
        kind=Kind.DEPLOYMENT,
        phase=Phase.OPERATION,
        recoverable=True,
        symptom="Secrets Manager did not start a rotation: the Operations stack, which sets it up, is not deployed, or "
        "your role may not start one. Nothing was changed.",
        check="aws secretsmanager describe-secret --secret-id E/api-key --query RotationEnabled",
        fix="make deploy ENV=E (for local: make local)",
    ),
    ErrorCode(
        code="rotation-failed",
        kind=Kind.DEPLOYMENT,
        phase=Phase.OPERATION,
        recoverable=True,
        symptom="A rotation has not ended: a step of its function fails. The former value is still the current one and "
        "works. The alarm rotation-failures rings for the same reason.",
        check="aws logs tail /aws/lambda/E-crypto-trading-rotation --since 1h; the error names secret and step",
        fix="Mend what the log names, then acinaces secrets rotate NAME --env E",
    ),
)
