"""What the embedded cloud reports like AWS: states of alarms, metric math, invocations, requests, traces."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_src.verification import metrics
from local.emulation import alarm_evaluation, embedded_metrics, gateway_signals, invocation_signals, metric_math, traces

RATE: list[dict[str, Any]] = [
    {"Id": "rate", "Expression": "100 * errors / invocations", "Label": "Errors in percent"},
    *(
        {
            "Id": name.lower(),
            "ReturnData": False,
            "MetricStat": {
                "Metric": {"Namespace": "AWS/Lambda", "MetricName": name, "Dimensions": []},
                "Stat": "Sum",
                "Period": 60,
            },
        }
        for name in ("Errors", "Invocations")
    ),
]


def alarm(**changes: Any) -> dict[str, Any]:
    values = {"StateValue": "INSUFFICIENT_DATA", "StateReason": "new", "Threshold": 5.0, "EvaluationPeriods": 3}
    comparison = {"ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching"}
    return {**values, **comparison, "Namespace": "AWS/Lambda", "MetricName": "Errors", **changes}


@pytest.mark.parametrize(
    ("treated", "state"),
    [
        ("notBreaching", "OK"),
        ("breaching", "ALARM"),
        ("missing", "INSUFFICIENT_DATA"),
        ("ignore", "INSUFFICIENT_DATA"),
    ],
)
def test_without_data_an_alarm_is_what_it_says_about_missing_data(treated: str, state: str) -> None:
    assert alarm_evaluation.state_of(alarm(TreatMissingData=treated), [None, None, None])[0] == state


@pytest.mark.parametrize(
    ("values", "changes", "state"),
    [
        ([6, 6, 6], {}, "ALARM"),
        ([6, 6, 5], {}, "OK"),
        ([6, 6, None], {}, "OK"),
        ([6, 6, None], {"TreatMissingData": "breaching"}, "ALARM"),
        ([6, None, 1], {"DatapointsToAlarm": 1}, "ALARM"),
        ([4, 4, 4], {"ComparisonOperator": "LessThanThreshold"}, "ALARM"),
    ],
)
def test_an_alarm_needs_as_many_periods_as_it_says(values: list[float], changes: Any, state: str) -> None:
    assert alarm_evaluation.state_of(alarm(**changes), values)[0] == state


def test_what_is_not_computed_keeps_its_state() -> None:
    functions = alarm(**{metric_math.QUERIES: [{"Id": "e", "Expression": "FILL(m, 0)"}]})
    stand_in = alarm(Namespace=metric_math.NAMESPACE, MetricName=metric_math.METRIC)
    assert metric_math.is_only_recorded(functions)
    assert metric_math.is_only_recorded(stand_in)
    assert not metric_math.is_only_recorded(alarm())

    band = alarm(ComparisonOperator="GreaterThanUpperThreshold")
    assert alarm_evaluation.state_of(band, [None] * 3)[0] == "INSUFFICIENT_DATA"


def test_periods_reach_back_from_now() -> None:
    assert alarm_evaluation.periods({"Period": 60, "EvaluationPeriods": 2}, 600.0) == [(540.0, 600.0), (480.0, 540.0)]


@pytest.mark.parametrize(
    ("errors", "invocations", "rate"), [(1.0, 20.0, 5.0), (0.0, 20.0, 0.0), (None, 20.0, None), (0.0, 0.0, None)]
)
def test_arithmetic_on_metrics(errors: float | None, invocations: float, rate: float | None) -> None:
    values = {"Errors": errors, "Invocations": invocations}

    assert metric_math.value_of(RATE, lambda _namespace, name, _dimensions, _stat: values[name]) == rate


@pytest.mark.parametrize("expression", ["FILL(errors, 0)", "errors ** 2", "unknown", "errors / ", "[errors]", "'x'"])
def test_only_arithmetic_is_computed(expression: str) -> None:
    assert metric_math.is_computed(RATE)
    assert not metric_math.is_computed([{**RATE[0], "Expression": expression}, *RATE[1:]])


def test_an_invocation_counts_for_the_aliases_that_serve_its_version() -> None:
    aliases = {"live": {"FunctionVersion": "3"}, "next": {"FunctionVersion": "4"}}

    assert invocation_signals.dimensions_of({"FunctionName": "f", "Version": "3"}, aliases=aliases) == [
        {"FunctionName": "f"},
        {"FunctionName": "f", "Resource": "f:live"},
    ]


def test_a_trace_has_the_id_that_the_worker_was_given() -> None:
    assert invocation_signals.trace_id("Root=1-0a-0b;Parent=c;Sampled=1") == "1-0a-0b"
    assert invocation_signals.trace_id(None).startswith("1-")


def test_a_line_of_the_access_log_stays_json_whatever_the_path_holds() -> None:
    pattern = '{"path":"$context.path","status":"$context.status","user":"$context.authorizer.principalId"}'

    written = gateway_signals.line(pattern, {"path": '/a"b', "status": "403"})

    assert written == '{"path":"/a\\"b","status":"403","user":"-"}'


def test_traces_are_found_by_service_time_and_owner() -> None:
    owner, stranger = ("111111111111", "eu-central-1"), ("222222222222", "eu-central-1")
    trace = traces.Trace(id="1-0-1", function="f", started=100.0, duration=0.1, fault=False)
    traces.record(account=owner[0], region=owner[1], trace=trace)

    def found(who: tuple[str, str], *, service: str = "f", start: float = 99, end: float = 101) -> list[str]:
        request = {"StartTime": start, "EndTime": end, "FilterExpression": f'service("{service}")'}
        status, document = traces.summaries(who, request)
        assert status == 200
        return [summary["Id"] for summary in document["TraceSummaries"]]

    assert found(owner) == ["1-0-1"]
    assert found(stranger) == found(owner, service="g") == found(owner, start=101) == []


def test_a_filter_that_is_not_emulated_is_refused() -> None:
    status, document = traces.summaries(("1", "r"), {"StartTime": 0, "EndTime": 1, "FilterExpression": "error"})

    assert (status, document["__type"]) == (400, "InvalidRequestException")


def test_what_a_schedule_writes_becomes_metrics() -> None:
    written = metrics.line(
        environment="local", schedule="health", values={"EmergencyStop": 1, "LatencyP95": 12}, at_ms=1
    )

    found = list(embedded_metrics.data_of(f"START\n{written}\nEND"))

    dimensions = {"Environment": "local", "Group": "health"}
    assert found == [
        embedded_metrics.Datum(
            namespace="Acinaces", name="EmergencyStop", value=1, unit="Count", dimensions=dimensions
        ),
        embedded_metrics.Datum(
            namespace="Acinaces", name="LatencyP95", value=12, unit="Milliseconds", dimensions=dimensions
        ),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "plain",
        '{"_aws": 1}',
        '{"_aws": {"CloudWatchMetrics": [{"Namespace": "N", "Dimensions": [["gone"]], "Metrics": [{"Name": "M"}]}]}}',
        '{"_aws": {"CloudWatchMetrics": [{"Namespace": "N", "Dimensions": [[]], "Metrics": [{"Name": "M"}]}]}}',
        '{"M":"x","_aws": {"CloudWatchMetrics": [{"Namespace": "N", "Dimensions": [[]], "Metrics": [{"Name": "M"}]}]}}',
        '{"_aws": ',
    ],
)
def test_a_line_that_is_not_quite_in_the_format_is_only_a_line(line: str) -> None:
    assert list(embedded_metrics.data_of(line)) == []
