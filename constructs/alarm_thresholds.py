"""When a function or the API is in trouble."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

PERIOD: Final = Duration.minutes(1)
# M36: errors above the threshold for five minutes, p95 above it for three.
ERROR_PERIODS: Final = 5
LATENCY_PERIODS: Final = 3
# Nobody called: that is not an error. Whether "no data" may pass a release is the gate's question.
MISSING: Final = cloudwatch.TreatMissingData.NOT_BREACHING


@dataclass(frozen=True, kw_only=True)
class AlarmThresholds:
    """Errors in percent of calls; 95th percentile of the time to answer, in milliseconds."""

    error_rate_percent: float
    p95_latency_ms: int
