"""Lambda's concurrent executions: the account's limit, what was used of it, what is left unreserved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ops.doctor.findings import Finding, failed, passed, warned
from ops.doctor.surroundings import Surroundings

# AWS keeps this many unreserved; a reservation that would leave fewer is refused.
_UNRESERVED = 100
_NEARLY = 0.8
# Service Quotas' code of "Concurrent executions".
_QUOTA = "L-B99A9384"


def lambda_concurrency(around: Surroundings) -> Finding:
    """The account's limit against the last day's highest use; new accounts begin with as few as ten."""
    region = around.environment.aws.region
    limits = around.client("lambda").get_account_settings()["AccountLimit"]
    limit, unreserved = limits["ConcurrentExecutions"], limits["UnreservedConcurrentExecutions"]
    now = datetime.now(UTC)
    points = around.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="ConcurrentExecutions",
        StartTime=now - timedelta(days=1),
        EndTime=now,
        Period=3600,
        Statistics=["Maximum"],
    )["Datapoints"]
    # CloudWatch has no points where nothing ran.
    used = round(max((point["Maximum"] for point in points), default=0))
    name, message = "lambda concurrency", f"at most {used} of {limit} in the last day, {unreserved} unreserved"
    fix = (
        f"aws service-quotas request-service-quota-increase --service-code lambda --quota-code {_QUOTA} "
        f"--desired-value {max(2 * limit, 1000)} --region {region}"
    )
    reserved = around.environment.functions.reserved_concurrency
    if reserved and unreserved < _UNRESERVED + reserved:
        return failed(name, f"{message}: too few to reserve {reserved} for each function", fix)
    return warned(name, message, fix) if used >= _NEARLY * limit or limit < _UNRESERVED else passed(name, message)
