"""Alarms on metric math: sums, differences, products and quotients of metrics are computed, the rest is recorded.

The emulator refuses `Metrics`. Such an alarm is given to it as an alarm on a metric that nobody publishes, with the
queries beside it: `alarm_evaluation` computes them. One with functions in it (`FILL`, `IF`, `SEARCH`, ...) exists, can
be described, and stays at INSUFFICIENT_DATA.
"""

from __future__ import annotations

import ast
import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

NAMESPACE = "Recorded"
METRIC = "MetricMath"
# Where an alarm of the emulator keeps its template's `Metrics`.
QUERIES: Final = "MetricMathQueries"
# namespace, metric, dimensions, statistic -> value in the period under judgement
Statistic = Callable[[str, str, Any, str], float | None]
_OPERATORS: Final[Mapping[type[ast.operator], Callable[[float, float], float]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def install() -> None:
    """Replace `Metrics` by the stand-in before the emulator sees it, and keep the queries beside the alarm."""
    from ministack.services import cloudwatch
    from ministack.services.cloudformation import provisioners

    put = provisioners._cw_metric_alarm_put

    @functools.wraps(put)
    def put_with_stand_in(name: str, properties: Mapping[str, Any]) -> Any:
        result = put(name, stand_in(properties))
        if uses_metric_math(properties):
            cloudwatch._alarms[name][QUERIES] = list(properties["Metrics"])
        return result

    provisioners._cw_metric_alarm_put = put_with_stand_in


def stand_in(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The alarm's properties with a metric in the place of metric math; others are left as they are."""
    if not uses_metric_math(properties):
        return dict(properties)
    kept = {name: value for name, value in properties.items() if name != "Metrics"}
    return {**kept, "Namespace": NAMESPACE, "MetricName": METRIC}


def uses_metric_math(properties: Mapping[str, Any]) -> bool:
    """Whether the alarm is on metric math, or on a metric in the same form (another account's, or one with a label)."""
    return bool(properties.get("Metrics"))


def is_computed(queries: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the queries are metrics and arithmetic only."""
    try:
        value_of(queries, lambda *_: 1.0)
    except (SyntaxError, ValueError):
        return False
    return True


def is_only_recorded(alarm: Mapping[str, Any]) -> bool:
    """Whether an alarm of the emulator is on something that is not computed."""
    queries = alarm.get(QUERIES)
    stands_in = (alarm.get("Namespace"), alarm.get("MetricName")) == (NAMESPACE, METRIC)
    return not is_computed(queries) if queries else stands_in


def value_of(queries: Sequence[Mapping[str, Any]], statistic: Statistic) -> float | None:
    """The value of the query that returns data; None where a metric in it has none, or for a division by zero.

    Raises ValueError or SyntaxError for what is not arithmetic.
    """
    by_id = {str(query["Id"]): query for query in queries}

    def query_value(name: str) -> float | None:
        if name not in by_id:
            raise ValueError(f"no query is called {name!r}")
        query = by_id[name]
        if "Expression" in query:
            return _arithmetic(ast.parse(str(query["Expression"]), mode="eval").body, query_value)
        stat = query["MetricStat"]
        metric = stat["Metric"]
        return statistic(metric["Namespace"], metric["MetricName"], metric.get("Dimensions"), str(stat["Stat"]))

    returned = [name for name, query in by_id.items() if query.get("ReturnData", True) not in (False, "false")]
    return query_value(returned[0]) if len(returned) == 1 else None


def _arithmetic(node: ast.expr, value: Callable[[str], float | None]) -> float | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    if isinstance(node, ast.Name):
        return value(node.id)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        left, right = _arithmetic(node.left, value), _arithmetic(node.right, value)
        if left is None or right is None or (isinstance(node.op, ast.Div) and right == 0):
            return None
        return _OPERATORS[type(node.op)](left, right)
    raise ValueError(f"not arithmetic: {ast.unparse(node)}")
