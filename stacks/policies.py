"""What an environment's settings mean in CDK's terms."""

from __future__ import annotations

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs

from environments import Environment

_RETENTION = {
    1: logs.RetentionDays.ONE_DAY,
    3: logs.RetentionDays.THREE_DAYS,
    7: logs.RetentionDays.ONE_WEEK,
    14: logs.RetentionDays.TWO_WEEKS,
    30: logs.RetentionDays.ONE_MONTH,
    60: logs.RetentionDays.TWO_MONTHS,
    90: logs.RetentionDays.THREE_MONTHS,
    180: logs.RetentionDays.SIX_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
    731: logs.RetentionDays.TWO_YEARS,
}


def removal_policy(environment: Environment) -> RemovalPolicy:
    """For what holds state.

    RETAIN_ON_UPDATE_OR_DELETE is RETAIN, except when the creating operation itself fails: then nothing is in it yet,
    and what stayed behind would keep its name from the next attempt.
    """
    return RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if environment.retain else RemovalPolicy.DESTROY


def log_retention(environment: Environment) -> logs.RetentionDays:
    """How long log groups keep what they have."""
    return _RETENTION[environment.functions.log_retention_days]
