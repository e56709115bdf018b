"""Logs: traffic leaves entries, and filters count what must be counted."""

from __future__ import annotations

from typing import Final

from lambda_src.verification.calls import ask, pages
from lambda_src.verification.checks import traffic
from lambda_src.verification.context import CheckContext
from lambda_src.verification.specs.monitoring import LogEntriesCheck, MetricFiltersCheck
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict

# This machine's clock may be ahead of the one that dates the entries.
_SKEW_MS: Final = 60_000


async def run(spec: LogEntriesCheck, context: CheckContext) -> Observation:
    """Passed when the group has an entry since the traffic was sent; none inside the window is a failure."""
    began_ms = round(await traffic.send(spec.traffic, context) * 1000)
    answer = await ask(
        context, "logs", "filter_log_events", subject=spec.log_group, logGroupName=spec.log_group,
        startTime=began_ms - _SKEW_MS, limit=10,
    )  # fmt: skip
    entries = answer.get("events") or []
    if not entries:
        raise CheckProblem(f"{spec.log_group}: no entry although GET {spec.traffic.path} was called", retry=True)
    return Observation(
        verdict=Verdict.PASSED,
        message=f"{spec.log_group}: entries arrive",
        evidence={"logGroup": spec.log_group, "stream": str(entries[0].get("logStreamName", ""))},
    )


async def run_filters(spec: MetricFiltersCheck, context: CheckContext) -> Observation:
    """Passed when each metric is counted by a filter of the log group."""
    filters = await pages(
        context, "logs", "describe_metric_filters", subject=spec.log_group, items="metricFilters", token="nextToken",  # noqa: S106
        logGroupName=spec.log_group,
    )  # fmt: skip
    counted = {
        (change.get("metricNamespace"), change.get("metricName"))
        for found in filters
        for change in found.get("metricTransformations") or []
    }
    missing = [metric.name for metric in spec.metrics if (metric.namespace, metric.name) not in counted]
    if missing:
        raise CheckProblem(f"{spec.log_group}: no filter counts {', '.join(missing)}")
    names = ", ".join(metric.name for metric in spec.metrics)
    return Observation(verdict=Verdict.PASSED, message=f"{spec.log_group}: filters count {names}")
