"""A log line in CloudWatch's embedded metric format becomes metrics, and alarms on them are judged.

The emulator keeps the line and makes nothing of it: what the scheduled verification finds would raise no alarm, and no
alarm would start a rollback.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.emulation.alarm_evaluation import judge

_MARK = '"_aws"'


@dataclass(frozen=True, kw_only=True)
class Datum:
    """One value of one metric."""

    namespace: str
    name: str
    value: float
    unit: str
    dimensions: dict[str, str]


def install() -> None:
    """Read the log of each invocation before the emulator stores it."""
    from ministack.services import lambda_svc

    execute = lambda_svc._execute_function_warm

    @functools.wraps(execute)
    def execute_and_record(function: Any, event: Any, request_id: str) -> Any:
        result = execute(function, event, request_id)
        record(list(data_of(str(result.get("log") or ""))))
        return result

    lambda_svc._execute_function_warm = execute_and_record


def record(data: list[Datum]) -> None:
    """Keeps the values, and brings the alarms on these metrics up to date."""
    from ministack.services import cloudwatch

    for datum in data:
        cloudwatch.record_metric(datum.namespace, datum.name, datum.value, datum.unit, datum.dimensions)
    touched = {(datum.namespace, datum.name) for datum in data}
    for alarm in list(cloudwatch._alarms.values()) if touched else []:
        if (alarm.get("Namespace"), alarm.get("MetricName")) in touched:
            judge(alarm)


def data_of(log: str) -> Iterator[Datum]:
    """The values in the lines of a function's log that are in the format; other lines are none of ours."""
    for line in log.splitlines():
        # A worker may put something in front of what the function wrote.
        start = line.find("{")
        if _MARK not in line or start < 0:
            continue
        try:
            document = json.loads(line[start:])
            yield from _values(document)
        except (ValueError, KeyError, TypeError, AttributeError):
            # As CloudWatch does: a line that is not quite in the format is only a line.
            continue


def _values(document: Mapping[str, Any]) -> Iterator[Datum]:
    for directive in document["_aws"]["CloudWatchMetrics"]:
        for names in directive["Dimensions"]:
            dimensions = {name: str(document[name]) for name in names}
            for metric in directive["Metrics"]:
                values = document[metric["Name"]]
                for value in values if isinstance(values, list) else [values]:
                    yield Datum(
                        namespace=directive["Namespace"],
                        name=metric["Name"],
                        value=float(value),
                        unit=metric.get("Unit", "None"),
                        dimensions=dimensions,
                    )
