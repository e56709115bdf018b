"""Troubles without an error code of ours (MISSION M46): what people see first, how to look, what mends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """`symptoms`, `checks` and `fixes` are lines of a list; `E` stands for the environment's name."""

    title: str
    symptoms: tuple[str, ...]
    checks: tuple[str, ...]
    fixes: tuple[str, ...]


TROUBLES: Final = (
    Trouble(
        title="Functions that do not start",
        symptoms=(
            "The API answers 502 for one path; the log has `Runtime.ImportModuleError`, `Runtime.HandlerNotFound`, "
            "`SettingsError` or `Init Duration` without an answer behind it.",
            "The gate stops the release and names `api/FUNCTION`.",
        ),
        checks=(
            "`aws logs tail /aws/lambda/E-crypto-trading-FUNCTION --since 15m`",
            "`aws lambda get-function-configuration --function-name E-crypto-trading-FUNCTION --qualifier live`: "
            "`State`, `LastUpdateStatusReason`, `Runtime`, `Layers`",
            "`acinaces doctor --env E`: files of the live release that are gone from the staging bucket",
        ),
        fixes=(
            "`ImportModuleError`: a package is missing in the layer; add it to the group `lambda` in pyproject.toml, "
            "`make lock`, deploy.",
            "`SettingsError` names the variables that are missing: the release stack sets them, deploy it again.",
            "In a VPC, `State: Pending` for minutes: the subnet has no free addresses "
            "(`aws ec2 describe-subnets`, `AvailableIpAddressCount`).",
            "It serves now: `acinaces rollback backend --env E`.",
        ),
    ),
    Trouble(
        title="Failing health checks",
        symptoms=(
            "`/health/ready` answers 503, `/health/detailed` names a part; the alarm `verification-health`.",
            "A release is put back by its gate.",
        ),
        checks=(
            "`acinaces validate --env E --group api --group data`: each failed check says what it saw and what to do",
            "`curl -sS https://API/health/detailed`: which part, and how long it took",
        ),
        fixes=(
            "Redis: `aws elasticache describe-replication-groups`; after a failover the functions connect anew by "
            "themselves within a minute.",
            "A table: throttled (`ThrottledRequests`) or its key is disabled (`aws kms describe-key`).",
            "Only since the last release: `acinaces rollback release --env E`.",
        ),
    ),
    Trouble(
        title="Secret access denied",
        symptoms=(
            "The log has `AccessDeniedException` for `secretsmanager:GetSecretValue` or `kms:Decrypt`.",
            "The function answers 503 and says that a credential is not configured: that is a placeholder, not a "
            "denied access.",
        ),
        checks=(
            "`acinaces secrets status --env E`: placeholder or populated, and which functions read it",
            "`acinaces secrets verify --env E`: each function reads its secrets and says so",
            "`aws lambda get-function-configuration --function-name E-crypto-trading-FUNCTION --qualifier live`: the "
            "secret must be among its variables (`SECRET_…`); without that its role may not read it",
        ),
        fixes=(
            "A placeholder: `acinaces secrets populate --env E`.",
            "Not declared: add the secret to `FUNCTION` in the handler's file and deploy; role and variable follow.",
            "`kms:Decrypt`: the secret was encrypted by another key than the environment's; put the value again with "
            "`acinaces secrets populate --env E --overwrite`.",
        ),
    ),
    Trouble(
        title="Out of memory",
        symptoms=(
            "The log has `Runtime.OutOfMemory`, or `signal: killed`; the REPORT line has `Max Memory Used` equal to "
            "`Memory Size`.",
            "On a laptop: the emulator ends in the middle of a deployment (`emulator-ended`).",
        ),
        checks=(
            "`aws logs tail /aws/lambda/E-crypto-trading-FUNCTION --since 1h --filter-pattern 'Max Memory Used'`",
            "On a laptop: `free -m`",
        ),
        fixes=(
            "Raise `functions.memory_mb` in environments/E.toml and deploy; a function has more processor with it too.",
            "If it grows from call to call, it keeps something between calls: `acinaces rollback backend --env E`, "
            "then look for a cache without a limit.",
            "On a laptop: end other programs, then `make local`.",
        ),
    ),
    Trouble(
        title="Alarms without data",
        symptoms=("An alarm stays in `INSUFFICIENT_DATA`; `validate` ends with 4 (inconclusive).",),
        checks=("`acinaces validate --env E --group monitoring`",),
        fixes=(
            "A function that nobody has called since its alarm was made has no data yet: the check calls it and looks "
            "again, so run it once more.",
            "If it stays so, the alarm's dimensions do not fit what is published: "
            "`aws cloudwatch list-metrics --namespace AWS/Lambda --metric-name Errors`.",
        ),
    ),
    Trouble(
        title="Alerts that reach nobody",
        symptoms=("An alarm went off and nobody got a mail; `monitoring/topic-…-confirmed` fails.",),
        checks=(
            "`acinaces validate --env E --group monitoring`",
            "`aws sns list-subscriptions-by-topic --topic-arn ARN`: `PendingConfirmation`",
            "The queue E-crypto-trading-alerts-undelivered holds what SNS could not deliver",
        ),
        fixes=(
            "Confirm the subscription by the link in AWS's mail; it is valid for three days, after that deploy again.",
            "The wrong people: `alerts.email` in environments/E.toml.",
        ),
    ),
)
