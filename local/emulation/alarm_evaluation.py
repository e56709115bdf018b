"""Alarms are judged as CloudWatch judges them: by their dimensions, period by period, also where there is no data.

The emulator pools a metric's points of all dimensions, and leaves an alarm without data as it is. Here what
`TreatMissingData` says becomes the state, and arithmetic on metrics is computed (see `metric_math`).
"""

from __future__ import annotations

import functools
import math
import operator
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from local.emulation import metric_math

NO_DATA: Final = "INSUFFICIENT_DATA"
_COMPARISONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
# A state set by hand stands until the next evaluation, which on AWS comes within a minute.
_STANDS_S: Final = 60
_SET_AT: Final = "StateSetByHandAt"
Points = Sequence[Mapping[str, Any]]


def install() -> None:
    """Judge an alarm when it is made, when metrics arrive, and when somebody looks."""
    from ministack.services import cloudwatch

    describe = cloudwatch._describe_alarms

    @functools.wraps(describe)
    def describe_judged(*arguments: Any, **options: Any) -> Any:
        for alarm in list(cloudwatch._alarms.values()):
            judge(alarm)
        return describe(*arguments, **options)

    set_state = cloudwatch._set_alarm_state

    @functools.wraps(set_state)
    def set_state_for_a_while(params: Any, data: Mapping[str, Any], *rest: Any) -> Any:
        answer = set_state(params, data, *rest)
        alarm = cloudwatch._alarms.get(data.get("AlarmName") or cloudwatch._p(params, "AlarmName"))
        if alarm is not None:
            alarm[_SET_AT] = time.time()
        return answer

    cloudwatch._set_alarm_state = set_state_for_a_while
    cloudwatch._describe_alarms = describe_judged
    cloudwatch._evaluate_alarm = judge


def judge(alarm: dict[str, Any]) -> None:
    """Brings one alarm of the emulator up to date, and tells its topics where the state changes."""
    from ministack.services import cloudwatch

    now = time.time()
    before = alarm["StateValue"]
    if now - float(alarm.get(_SET_AT) or 0) < _STANDS_S or metric_math.is_only_recorded(alarm):
        return
    values = [_value(alarm, cloudwatch, start, end) for start, end in periods(alarm, now)]
    after, reason = state_of(alarm, values)
    if after == before:
        return
    alarm.update(StateValue=after, StateReason=reason, StateUpdatedTimestamp=int(now))
    cloudwatch._record_history(alarm["AlarmName"], before, after, reason)
    cloudwatch._dispatch_alarm_actions(alarm, before, after, reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def periods(alarm: Mapping[str, Any], now: float) -> list[tuple[float, float]]:
    """Start and end of the periods that are judged, in epoch seconds, latest first."""
    length = int(alarm.get("Period") or 60)
    count = int(alarm.get("EvaluationPeriods") or 1)
    return [(now - (index + 1) * length, now - index * length) for index in range(count)]


def state_of(alarm: Mapping[str, Any], values: Sequence[float | None]) -> tuple[str, str]:
    """The state that these values of the judged periods make (None: no data), and the reason in words."""
    missing = alarm.get("TreatMissingData") or "missing"
    compare = _COMPARISONS.get(str(alarm.get("ComparisonOperator")))
    if compare is None:
        return str(alarm["StateValue"]), str(alarm.get("StateReason", ""))
    known = [value for value in values if value is not None]
    absent = len(values) - len(known)
    if not known and missing in ("missing", "ignore"):
        kept = str(alarm["StateValue"]) if missing == "ignore" else NO_DATA
        return kept, f"no data for {len(values)} periods"
    threshold = float(alarm.get("Threshold") or 0)
    breaching = sum(compare(value, threshold) for value in known) + (absent if missing == "breaching" else 0)
    needed = int(alarm.get("DatapointsToAlarm") or alarm.get("EvaluationPeriods") or 1)
    reason = f"{breaching} of {len(values)} periods breach {alarm.get('ComparisonOperator')} {threshold:g}"
    return ("ALARM" if breaching >= needed else "OK"), f"{reason}; {absent} without data, treated as {missing}"


def _value(alarm: Mapping[str, Any], cloudwatch: Any, start: float, end: float) -> float | None:
    """What the alarm watches, in one period."""

    def statistic(namespace: str, name: str, dimensions: Any, stat: str) -> float | None:
        wanted = cloudwatch._dims_key({one["Name"]: one["Value"] for one in dimensions or []})
        points = cloudwatch._metrics.get((namespace, name, wanted)) or []
        within = [point for point in points if start <= point["Timestamp"] < end]
        value = cloudwatch._stat_value(cloudwatch._calc_stats(within), stat, within) if within else None
        return float(value) if value is not None and math.isfinite(value) else None

    queries = alarm.get(metric_math.QUERIES)
    if queries:
        return metric_math.value_of(queries, statistic)
    stat = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
    return statistic(alarm["Namespace"], alarm["MetricName"], alarm.get("Dimensions"), str(stat))
