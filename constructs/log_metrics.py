"""What an API's access log is counted for (MISSION M26): blocked requests, failed logins, throttled requests."""

from __future__ import annotations

from typing import Final

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs

from constructs import Construct

NAMESPACE: Final = "Acinaces"
FAILED_LOGINS: Final = "FailedLogins"
BLOCKED_REQUESTS: Final = "BlockedRequests"
THROTTLED_REQUESTS: Final = "ThrottledRequests"
# API Gateway writes `$context.status` as text, and logs what the web ACL blocks as 403.
_STATUSES: Final = {FAILED_LOGINS: ("401",), BLOCKED_REQUESTS: ("403",), THROTTLED_REQUESTS: ("429",)}
NAMES: Final = tuple(_STATUSES)


class LogMetrics(Construct):
    """A metric filter per name in `NAMES`; `metrics` are the metrics, by name."""

    def __init__(self, scope: Construct, id: str, *, environment_name: str, access_log: logs.ILogGroup) -> None:
        super().__init__(scope, id)
        self.metrics: dict[str, cloudwatch.Metric] = {}
        for name, statuses in _STATUSES.items():
            counted = logs.MetricFilter(
                self,
                name,
                log_group=access_log,
                filter_name=name,
                filter_pattern=logs.FilterPattern.any(
                    *(logs.FilterPattern.string_value("$.status", "=", status) for status in statuses)
                ),
                metric_namespace=namespace(environment_name),
                metric_name=name,
                metric_value="1",
                default_value=0,
            )
            self.metrics[name] = counted.metric(statistic="Sum")


def namespace(environment_name: str) -> str:
    """The metrics' namespace. A filter's dimensions are fields of the entry, so the environment cannot be one."""
    return f"{NAMESPACE}/{environment_name}"
