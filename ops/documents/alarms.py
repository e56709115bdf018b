"""The alarms of an environment, as its templates have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ops.documents.assembly import Assembly, Resource

ALARM: Final = "AWS::CloudWatch::Alarm"
COMPOSITE: Final = "AWS::CloudWatch::CompositeAlarm"
_SIGNS: Final = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": "≥",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "≤",
}


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One alarm. `name` and `description` are without the environment's name.

    `goes_off`: its condition. `tells`: the topics that hear of it, e.g. `critical`. `puts_back`: whether it is one of
    those that raise the rollback alarm.
    """

    name: str
    description: str
    goes_off: str
    tells: tuple[str, ...]
    puts_back: bool


def alarms_of(assembly: Assembly) -> list[Alarm]:
    """All alarms, by name."""
    prefix = assembly.environment.resource_name("")
    triggers = {name for found in assembly.resources(COMPOSITE) for name in _joined(assembly, found)}
    return sorted(
        (
            Alarm(
                name=_name(found).removeprefix(prefix),
                description=str(found.properties.get("AlarmDescription", "")).replace(prefix, ""),
                goes_off=_condition(assembly, found, prefix),
                tells=tuple(_topics(assembly, found, prefix)),
                puts_back=found.name in triggers,
            )
            for found in assembly.resources(ALARM, COMPOSITE)
        ),
        key=lambda alarm: alarm.name,
    )


def _name(found: Resource) -> str:
    return str(found.properties.get("AlarmName") or found.properties.get("CompositeAlarmName") or found.id)


def _condition(assembly: Assembly, found: Resource, prefix: str) -> str:
    properties = found.properties
    if found.type == COMPOSITE:
        names = sorted(name.removeprefix(prefix) for name in _joined(assembly, found))
        return f"any of {', '.join(names)} is in ALARM"
    metric, period = _metric(properties)
    times = int(properties["EvaluationPeriods"])
    needed = int(properties.get("DatapointsToAlarm", times))
    sign = _SIGNS.get(properties["ComparisonOperator"], properties["ComparisonOperator"])
    length = f"{period} s" if period % 60 else f"{period // 60} min"
    within = f"in {length}" if times == 1 else f"in {needed} of {times} periods of {length}"
    silence = "; no data counts too" if properties.get("TreatMissingData") == "breaching" else ""
    return f"{metric} {sign} {properties['Threshold']:g} {within}{silence}"


def _metric(properties: Mapping[str, Any]) -> tuple[str, int]:
    """What is measured, and the period in seconds."""
    if "MetricName" in properties:
        statistic = properties.get("ExtendedStatistic") or properties.get("Statistic", "")
        return f"{statistic} of {properties['MetricName']}", int(properties["Period"])
    shown = next(metric for metric in properties["Metrics"] if metric.get("ReturnData", True))
    periods = [int(metric["MetricStat"]["Period"]) for metric in properties["Metrics"] if "MetricStat" in metric]
    stat = shown.get("MetricStat", {})
    plain = f"{stat.get('Stat', '')} of {stat.get('Metric', {}).get('MetricName', '')}"
    return shown.get("Label") or shown.get("Expression") or plain, max(periods, default=int(shown.get("Period", 60)))


def _topics(assembly: Assembly, found: Resource, prefix: str) -> Iterator[str]:
    for action in found.properties.get("AlarmActions", []):
        topic = assembly.text(found.part, action)
        if topic:
            yield topic.removeprefix(prefix).removeprefix("alerts-")


def _joined(assembly: Assembly, found: Resource) -> list[str]:
    """Names of the alarms that a composite alarm joins."""
    rule = found.properties.get("AlarmRule", {})
    pieces = rule["Fn::Join"][1] if isinstance(rule, Mapping) else []
    return [name for piece in pieces if not isinstance(piece, str) and (name := assembly.text(found.part, piece))]
