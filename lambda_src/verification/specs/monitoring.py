"""What watches the platform: dashboards, alarms, topics, a test alert, traces, logs, metric filters."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from lambda_src.verification.specs.base import CheckSpec, Frozen, UrlPath

Text = Annotated[str, StringConstraints(min_length=1, max_length=2048)]


class Traffic(Frozen):
    """Requests that make data where there is none yet: GET `path`, so many times at once."""

    path: UrlPath = "/health"
    # True: called without `x-api-key`.
    public: bool = True
    # One is enough: X-Ray samples the first of every second, and more would start as many workers.
    requests: int = Field(default=1, ge=1, le=20)


class TrafficCheck(CheckSpec):
    """A check that may send traffic."""

    traffic: Traffic = Traffic()

    @property
    def needs_api_key(self) -> bool:
        return not self.traffic.public


class DashboardCheck(CheckSpec):
    """A dashboard exists and shows something."""

    kind: Literal["dashboard"] = "dashboard"
    dashboard: Text


class AlarmCheck(TrafficCheck):
    """An alarm exists, tells somebody, and is OK. All alarms with `prefix` are read at once for all such checks."""

    kind: Literal["alarm"] = "alarm"
    alarm: Text
    prefix: Text


class OtherAlarmsCheck(CheckSpec):
    """Alarms with `prefix` that the plan does not name: all OK."""

    kind: Literal["other_alarms"] = "other_alarms"
    prefix: Text
    known: tuple[Text, ...]
    # Not looked at: alarms on what verification itself reports would keep each other up.
    ignored_prefixes: tuple[Text, ...] = ()


class TopicCheck(CheckSpec):
    """The topic has a subscription without a filter, or with `confirmed` one that is confirmed."""

    kind: Literal["topic"] = "topic"
    topic_arn: Text
    confirmed: bool
    # What an unconfirmed subscription means: production needs one confirmed (FAULTS F28).
    pending_is: Literal["failed", "inconclusive"] = "inconclusive"


class AlertCheck(CheckSpec):
    """An alarm is raised for a test and arrives in the queue made for it, without waking anybody."""

    writes: ClassVar[bool] = True

    kind: Literal["alert"] = "alert"
    alarm: Text
    # The topic that the alarm notifies, and the queue that is subscribed to it.
    test_topic: Text
    queue_url: Text
    # People's topics: the same policy and key, or the check fails.
    topics: tuple[Text, ...] = Field(min_length=1)
    timeout_s: float = Field(default=20, gt=0, le=120)


class TracingCheck(CheckSpec):
    """Active tracing is on for what these aliases serve."""

    kind: Literal["tracing"] = "tracing"
    functions: tuple[Text, ...] = Field(min_length=1)
    alias: str = "live"


class TracesCheck(TrafficCheck):
    """Traffic leaves traces in X-Ray."""

    kind: Literal["traces"] = "traces"
    # As X-Ray names the function's node.
    service: Text
    timeout_s: float = Field(default=30, gt=0, le=120)


class LogEntriesCheck(TrafficCheck):
    """Traffic leaves entries in a log group."""

    kind: Literal["log_entries"] = "log_entries"
    log_group: Text
    timeout_s: float = Field(default=30, gt=0, le=120)


class CountedMetric(Frozen):
    """A metric that a filter counts."""

    namespace: Text
    name: Text


class MetricFiltersCheck(CheckSpec):
    """A log group's entries are counted by metric filters."""

    kind: Literal["metric_filters"] = "metric_filters"
    log_group: Text
    metrics: tuple[CountedMetric, ...] = Field(min_length=1)


AnyMonitoringCheck = (
    DashboardCheck
    | AlarmCheck
    | OtherAlarmsCheck
    | TopicCheck
    | AlertCheck
    | TracingCheck
    | TracesCheck
    | LogEntriesCheck
    | MetricFiltersCheck
)
