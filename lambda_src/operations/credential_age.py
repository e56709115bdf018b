"""The daily look: how old credentials are, as a metric for an alarm; and former API keys whose overlap is over."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from lambda_src.operations.aws_calls import CallFailed, Calls
from lambda_src.operations.rotated_api_key import RotatedApiKey

NAMESPACE: Final = "Acinaces"
# How many credentials are older than they should grow, and how old the oldest is, in days.
OVERDUE: Final = "CredentialsOverdue"
OLDEST: Final = "OldestCredentialDays"
# What rotates by schedule is late only when a rotation has failed; Secrets Manager's window is a day.
_GRACE_DAYS: Final = 2


def watch(calls: Calls, environment: Mapping[str, str], *, end_overlap: bool = False) -> dict[str, Any]:
    """Looks at every secret of `WATCHED` (ARNs, by spaces) and the own ones. Values of others are not read.

    `end_overlap`: former API keys end now, and not when their overlap is over.

    Returns `overdue` and `unknown` (names) and `withdrawn` (API keys).
    """
    ages: dict[str, float] = {}
    unknown: list[str] = []
    limits, watched = _limits(environment), environment["WATCHED"].split()
    for arn in limits:
        try:
            versions = calls("secretsmanager", "list_secret_version_ids", SecretId=arn)["Versions"]
        except CallFailed as problem:
            _log("credentials.unknown", secret=arn, problem=str(problem))
            unknown.append(arn)
            continue
        # A placeholder: nobody has stored anything over the one version that was generated.
        if len(versions) > 1 or arn not in watched:
            ages[arn] = _age_days(versions)
    overdue = [arn for arn, age in ages.items() if age > limits[arn]]
    _emit(
        environment["ENVIRONMENT"],
        {OVERDUE: len(overdue) + len(unknown), OLDEST: round(max(ages.values(), default=0), 1)},
    )
    withdrawn = _withdraw(calls, environment, now=end_overlap)
    result = {"overdue": overdue, "unknown": unknown, "withdrawn": withdrawn}
    _log("credentials.watched", **result)
    return result


def _limits(environment: Mapping[str, str]) -> dict[str, float]:
    """Days that each secret may grow old."""
    own = float(environment["ROTATION_DAYS"]) + _GRACE_DAYS
    return {
        **dict.fromkeys(environment["WATCHED"].split(), float(environment["MAX_AGE_DAYS"])),
        environment["API_KEY_SECRET_ARN"]: own,
        environment["REDIS_AUTH_SECRET_ARN"]: own,
    }


def _age_days(versions: Sequence[Mapping[str, Any]]) -> float:
    """How old the current version is."""
    (current,) = (one for one in versions if "AWSCURRENT" in one.get("VersionStages", []))
    return float((datetime.now(UTC) - current["CreatedDate"].astimezone(UTC)) / timedelta(days=1))


def _withdraw(calls: Calls, environment: Mapping[str, str], *, now: bool) -> list[str]:
    secret = calls("secretsmanager", "get_secret_value", SecretId=environment["API_KEY_SECRET_ARN"])
    age = datetime.now(UTC) - secret["CreatedDate"].astimezone(UTC)
    if age < timedelta(hours=float(environment["OVERLAP_HOURS"])) and not now:
        return []
    return RotatedApiKey(calls, environment).withdraw(secret["SecretString"])


def _emit(environment: str, values: Mapping[str, float]) -> None:
    """One line in CloudWatch's embedded metric format, of which AWS Lambda's log group makes metrics."""
    metadata = {
        "Timestamp": int(time.time() * 1000),
        "CloudWatchMetrics": [
            {"Namespace": NAMESPACE, "Dimensions": [["Environment"]], "Metrics": [{"Name": name} for name in values]}
        ],
    }
    sys.stdout.write(json.dumps({"_aws": metadata, "Environment": environment, **values}) + "\n")
    sys.stdout.flush()


def _log(event: str, **values: Any) -> None:
    sys.stderr.write(json.dumps({"event": event, **values}) + "\n")
