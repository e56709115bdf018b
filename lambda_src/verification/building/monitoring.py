"""Checks of what watches the platform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from lambda_src.verification.specs.base import OUTSIDE_RELEASES, Stage
from lambda_src.verification.specs.monitoring import (
    AlarmCheck,
    AlertCheck,
    AnyMonitoringCheck,
    CountedMetric,
    DashboardCheck,
    LogEntriesCheck,
    MetricFiltersCheck,
    OtherAlarmsCheck,
    TopicCheck,
    TracesCheck,
    TracingCheck,
    Traffic,
)

_GROUP: Final = "monitoring"
# Behind the environment's prefix. In ALARM for a moment whenever alerts are tested: no state of the platform.
TEST_ALARM: Final = "verification-test-alert"
# An alarm in ALARM may be what this release mends, and one just created has no data: neither may stop the release.
_STAGES: Final = OUTSIDE_RELEASES
# On a schedule such checks would spend money, or keep each other's alarms up.
_BY_HAND: Final[tuple[Stage, ...]] = ("validate",)


@dataclass(frozen=True, kw_only=True)
class WatchedFunction:
    """A function: its short name, its physical one, its log group, and the traffic that reaches it."""

    name: str
    function: str
    log_group: str
    path: str
    public: bool = False

    @property
    def traffic(self) -> Traffic:
        """What is sent where it has no data yet."""
        return Traffic(path=self.path, public=self.public)


@dataclass(frozen=True, kw_only=True)
class WatchedAlarm:
    """An alarm by its physical name; `function` is the short name of the one that it watches, if it is one."""

    alarm: str
    function: str | None = None


@dataclass(frozen=True, kw_only=True)
class WatchedTopic:
    """A topic: short name, ARN, and the addresses that the environment subscribes."""

    name: str
    arn: str
    recipients: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class AlertTest:
    """The alarm that is raised for a test, the topic that it notifies, and the queue where it has to arrive."""

    alarm: str
    topic: str
    queue_url: str


@dataclass(frozen=True, kw_only=True)
class CountedLog:
    """A log group, and the metrics that filters count in it."""

    log_group: str
    namespace: str
    metrics: tuple[str, ...]


def monitoring_checks(
    *,
    prefix: str,
    production: bool,
    functions: Sequence[WatchedFunction],
    alarms: Sequence[WatchedAlarm],
    topics: Sequence[WatchedTopic],
    alert_test: AlertTest,
    dashboards: Sequence[str],
    access_log: str,
    counted: CountedLog,
    ignored_alarm_prefixes: Sequence[str] = (),
    timeout_s: float = 30,
) -> list[AnyMonitoringCheck]:
    """Dashboards, alarms, topics, test alerts, tracing, traces, log entries and metric filters (M14, M24).

    prefix: of every alarm of the environment, e.g. `dev-crypto-trading-`; left out of the checks' names.
    production: a subscription that nobody has confirmed fails there, and is a warning elsewhere (FAULTS F28).
    ignored_alarm_prefixes: alarms on what verification itself reports.
    """
    by_name = {function.name: function for function in functions}
    first = functions[0]
    return [
        *(_dashboard(name, prefix) for name in dashboards),
        *(_alarm(alarm, prefix, by_name, timeout_s) for alarm in alarms),
        _other_alarms(prefix, alarms, ignored_alarm_prefixes, timeout_s),
        *(check for topic in topics for check in _topic_checks(topic, production=production)),
        _alert(topics, alert_test),
        _tracing(functions, timeout_s),
        _traces(first),
        *(_log_entries(function.name, function.log_group, function.traffic, timeout_s) for function in functions),
        _log_entries("access", access_log, first.traffic, timeout_s),
        _metric_filters(counted),
    ]


def _short(name: str, prefix: str) -> str:
    return name.removeprefix(prefix).lower()


def _dashboard(name: str, prefix: str) -> DashboardCheck:
    return DashboardCheck(
        name=f"{_GROUP}/dashboard-{_short(name, prefix)}",
        group=_GROUP,
        stages=_STAGES,
        remedy=f"Deploy the release again: it makes the dashboard {name}.",
        dashboard=name,
    )


def _alarm(watched: WatchedAlarm, prefix: str, functions: dict[str, WatchedFunction], timeout_s: float) -> AlarmCheck:
    function = functions.get(watched.function) if watched.function else None
    return AlarmCheck(
        name=f"{_GROUP}/alarm-{_short(watched.alarm, prefix)}",
        group=_GROUP,
        stages=_STAGES,
        remedy=f"aws cloudwatch describe-alarm-history --alarm-name {watched.alarm} shows since when; mend what it "
        "watches. If it is missing or silent, deploy the release again.",
        timeout_s=timeout_s,
        alarm=watched.alarm,
        prefix=prefix,
        traffic=function.traffic if function else Traffic(),
    )


def _other_alarms(
    prefix: str, alarms: Sequence[WatchedAlarm], ignored: Sequence[str], timeout_s: float
) -> OtherAlarmsCheck:
    return OtherAlarmsCheck(
        name=f"{_GROUP}/other-alarms",
        group=_GROUP,
        stages=_BY_HAND,
        remedy="The message names the alarms: mend what they watch, or delete what is left of former releases.",
        timeout_s=timeout_s,
        prefix=prefix,
        known=tuple(watched.alarm for watched in alarms),
        ignored_prefixes=tuple(ignored),
    )


def _topic_checks(topic: WatchedTopic, *, production: bool) -> list[TopicCheck]:
    address = topic.recipients[0] if topic.recipients else "ADDRESS"
    subscribe = f"aws sns subscribe --topic-arn {topic.arn} --protocol email --notification-endpoint {address}"
    pending: Literal["failed", "inconclusive"] = "failed" if production else "inconclusive"

    def check(what: str, remedy: str, *, confirmed: bool) -> TopicCheck:
        return TopicCheck(
            name=f"{_GROUP}/topic-{topic.name}-{what}",
            group=_GROUP,
            stages=_STAGES,
            criticality="critical" if production or not confirmed else "advisory",
            remedy=remedy,
            topic_arn=topic.arn,
            confirmed=confirmed,
            pending_is=pending,
        )

    return [
        check(
            "subscribed", f"{subscribe} subscribes; [alerts] email of the environment makes it last.", confirmed=False
        ),
        check(
            "confirmed", f"{subscribe} sends the confirmation again; then open the link in that mail.", confirmed=True
        ),
    ]


def _alert(topics: Sequence[WatchedTopic], test: AlertTest) -> AlertCheck:
    return AlertCheck(
        name=f"{_GROUP}/test-alert",
        group=_GROUP,
        stages=_STAGES,
        remedy="Alarms reach nobody: the topics' policies and their key's policy must allow cloudwatch.amazonaws.com. "
        "Deploy again, which puts them back.",
        alarm=test.alarm,
        test_topic=test.topic,
        queue_url=test.queue_url,
        topics=tuple(topic.arn for topic in topics),
    )


def _tracing(functions: Sequence[WatchedFunction], timeout_s: float) -> TracingCheck:
    return TracingCheck(
        name=f"{_GROUP}/tracing",
        group=_GROUP,
        stages=_STAGES,
        remedy="Somebody has switched tracing off: deploy the release again.",
        timeout_s=timeout_s,
        functions=tuple(function.function for function in functions),
    )


def _traces(function: WatchedFunction) -> TracesCheck:
    return TracesCheck(
        name=f"{_GROUP}/traces",
        group=_GROUP,
        stages=_STAGES,
        remedy=f"No trace of {function.function} arrives: look whether its role may call xray:PutTraceSegments.",
        service=function.function,
        traffic=function.traffic,
    )


def _log_entries(name: str, log_group: str, traffic: Traffic, timeout_s: float) -> LogEntriesCheck:
    return LogEntriesCheck(
        name=f"{_GROUP}/log-{name}",
        group=_GROUP,
        stages=_STAGES,
        remedy=f"Nothing is written to {log_group}: look whether the writer's role may call logs:PutLogEvents, and "
        "whether the stage's access log is on.",
        timeout_s=timeout_s,
        log_group=log_group,
        traffic=traffic,
    )


def _metric_filters(counted: CountedLog) -> MetricFiltersCheck:
    return MetricFiltersCheck(
        name=f"{_GROUP}/metric-filters",
        group=_GROUP,
        stages=_STAGES,
        remedy="Blocked requests and failed logins are not counted: deploy the release again, which makes the filters.",
        log_group=counted.log_group,
        metrics=tuple(CountedMetric(namespace=counted.namespace, name=name) for name in counted.metrics),
    )
