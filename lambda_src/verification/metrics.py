"""A scheduled run as metrics: one line in CloudWatch's embedded metric format on stdout.

Alarms and dashboards of the Operations stack are on exactly these names and dimensions (a test compares them).
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Final

from lambda_src.verification.verdicts import Report, Verdict

NAMESPACE: Final = "Acinaces"
DIMENSIONS: Final = ("Environment", "Group")
HEALTH: Final = "health"
# 1 where the platform was measured and found unhealthy; of the schedule `health` only. M36 counts it.
HEALTH_FAILURE: Final = "HealthFailure"
# 1 where critical checks failed or could not be measured, or where the run did not take place.
RUN_FAILED: Final = "RunFailed"
# 1 while a person has pulled the emergency stop.
STOPPED: Final = "EmergencyStop"
LATENCY: Final = "LatencyP95"
_UNITS: Final = {LATENCY: "Milliseconds", "RunDuration": "Milliseconds"}


def metrics_of(report: Report, *, schedule: str) -> dict[str, float]:
    """The metrics of one run, by name."""
    bad = 1 if report.verdict in (Verdict.FAILED, Verdict.ERROR) else 0
    values: dict[str, float] = {
        "ChecksPassed": report.counts[Verdict.PASSED.value],
        "ChecksFailed": report.counts[Verdict.FAILED.value],
        "ChecksErrored": report.counts[Verdict.ERROR.value],
        "ChecksInconclusive": report.counts[Verdict.INCONCLUSIVE.value],
        RUN_FAILED: bad,
        "RunDuration": report.duration_ms,
    }
    if schedule == HEALTH:
        values[HEALTH_FAILURE] = bad
    latencies = [check.latency_ms for check in report.checks if check.latency_ms is not None]
    if latencies:
        values[LATENCY] = percentile(latencies, 95)
    return values


def percentile(values: Sequence[int], percent: int) -> int:
    """The smallest of `values` that at least `percent` of them do not exceed (nearest rank)."""
    rank = -(-len(values) * percent // 100)
    return sorted(values)[max(rank, 1) - 1]


def line(*, environment: str, schedule: str, values: Mapping[str, float], at_ms: int) -> str:
    """The embedded metric format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/
    CloudWatch_Embedded_Metric_Format_Specification.html
    """
    definitions = [{"Name": name, "Unit": _UNITS.get(name, "Count")} for name in values]
    metadata = {
        "Timestamp": at_ms,
        "CloudWatchMetrics": [{"Namespace": NAMESPACE, "Dimensions": [list(DIMENSIONS)], "Metrics": definitions}],
    }
    return json.dumps({"_aws": metadata, DIMENSIONS[0]: environment, DIMENSIONS[1]: schedule, **values})


def emit(*, environment: str, schedule: str, values: Mapping[str, float]) -> None:
    """Writes the line; AWS Lambda's log group makes metrics of it."""
    sys.stdout.write(line(environment=environment, schedule=schedule, values=values, at_ms=int(time.time() * 1000)))
    sys.stdout.write("\n")
    sys.stdout.flush()
