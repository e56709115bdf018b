"""F27: an alarm is missing, or has dimensions under which nothing is ever reported."""

from __future__ import annotations

import json
from typing import Any

from environments import load_environment
from lambda_src.journal.recorder import FIGURES
from lambda_src.journal.recorder import NAMESPACE as DELIVERY
from lambda_src.operations.credential_age import OVERDUE
from lambda_src.verification.building.monitoring import TEST_ALARM
from lambda_src.verification.metrics import DIMENSIONS as VERIFICATION_DIMENSIONS
from lambda_src.verification.metrics import NAMESPACE, STOPPED
from lambda_src.verification.metrics import metrics_of as run_metrics
from lambda_src.verification.verdicts import Report, Verdict, count
from stacks.schedules import schedules_of
from tests.support.synthesis import Synthesis

# Under these AWS reports; fewer or others never get a data point, or get those of something else.
DIMENSIONS = {
    # What an alias serves; a function as a whole, where nobody but its alias is ever called.
    "AWS/Lambda": (["FunctionName", "Resource"], ["FunctionName"]),
    "AWS/ApiGateway": (["ApiName", "Stage"],),
    "AWS/States": (["StateMachineArn"],),
    "AWS/SQS": (["QueueName"],),
    NAMESPACE: (sorted(VERIFICATION_DIMENSIONS), ["Environment"]),
    DELIVERY: (["Environment"],),
}
PER_ALIAS = {"Errors", "Duration", "Throttles"}

# M36 says 1000; workers of the embedded cloud start cold on two cores.
LATENCY_MS = {"local": 25_000}


def metrics_of(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """The metrics that an alarm watches, directly or by way of an expression."""
    properties = alarm["Properties"]
    if "Metrics" in properties:
        return [query["MetricStat"]["Metric"] for query in properties["Metrics"] if "MetricStat" in query]
    return [properties]


def dimensions_of(metric: dict[str, Any]) -> dict[str, Any]:
    return {dimension["Name"]: dimension["Value"] for dimension in metric["Dimensions"]}


def alarms_of(synthesis: Synthesis) -> dict[str, dict[str, Any]]:
    """All but the one that verification raises by hand: it is on no data."""
    alarms = synthesis.resources(prefix="AWS::CloudWatch::Alarm")
    raised_by_hand = load_environment(synthesis.environment).resource_name(TEST_ALARM)
    kept = {name: alarm for name, alarm in alarms.items() if alarm["Properties"]["AlarmName"] != raised_by_hand}
    assert len(kept) == len(alarms) - 1
    return kept


def test_every_alarm_watches_what_aws_reports(synthesis: Synthesis) -> None:
    for name, alarm in alarms_of(synthesis).items():
        metrics = metrics_of(alarm)
        assert metrics, name
        for metric in metrics:
            assert sorted(dimensions_of(metric)) in DIMENSIONS[metric["Namespace"]], name


def test_every_alias_has_its_alarms(synthesis: Synthesis) -> None:
    """By name and alias: what other versions do is not what the alias serves."""
    release = synthesis.templates["Release"]["Resources"]
    aliases = {
        json.dumps(resource["Properties"]["FunctionName"]): resource["Properties"]["Name"]
        for resource in release.values()
        if resource["Type"] == "AWS::Lambda::Alias"
    }
    watched: dict[str, set[str]] = {}
    for name, alarm in alarms_of(synthesis).items():
        for metric in metrics_of(alarm) if name.startswith("Release/") else []:
            if metric["Namespace"] == "AWS/Lambda":
                dimensions = dimensions_of(metric)
                function = dimensions["FunctionName"]
                alias = aliases[json.dumps(function)]
                assert dimensions["Resource"] == {"Fn::Join": ["", [function, f":{alias}"]]}
                watched.setdefault(json.dumps(function), set()).add(metric["MetricName"])
    assert aliases
    assert watched.keys() == aliases.keys()
    assert all(names >= PER_ALIAS for names in watched.values())


def test_somebody_is_told_when_it_begins_and_when_it_ends(synthesis: Synthesis) -> None:
    topics = {name.split("/")[1] for name in synthesis.resources(prefix="AWS::SNS::Topic")}
    for name, alarm in alarms_of(synthesis).items():
        for key in ("AlarmActions", "OKActions"):
            actions = alarm["Properties"][key]
            assert actions, name
            assert all(any(topic in json.dumps(action) for topic in topics) for action in actions), name


def test_no_data_is_not_an_alarm(synthesis: Synthesis) -> None:
    """Except for the one that looks for it: what verifies the platform has fallen silent."""
    treated = {
        alarm["Properties"]["AlarmName"].split("-crypto-trading-")[1]: alarm["Properties"]["TreatMissingData"]
        for alarm in alarms_of(synthesis).values()
    }
    watched = "health" in load_environment(synthesis.environment).operations.enabled
    assert treated.pop("verification-silent", None) == ("breaching" if watched else None)
    assert set(treated.values()) == {"notBreaching"}


def test_alarms_on_the_verification_are_on_what_its_runs_emit(synthesis: Synthesis) -> None:
    """Name, environment and group: a metric under any other never comes."""
    emitted = {
        (name, synthesis.environment, schedule.name)
        for schedule in schedules_of(load_environment(synthesis.environment).operations)
        for name in run_metrics(report(), schedule=schedule.name)
    }
    emitted.add((STOPPED, synthesis.environment, "health"))
    watched = {
        (metric["MetricName"], dimensions_of(metric)["Environment"], dimensions_of(metric)["Group"])
        for alarm in alarms_of(synthesis).values()
        for metric in metrics_of(alarm)
        if metric["Namespace"] == NAMESPACE and "Group" in dimensions_of(metric)
    }
    assert watched
    assert watched <= emitted


def test_alarms_on_delivery_and_credentials_are_on_what_is_emitted(synthesis: Synthesis) -> None:
    watched = {
        (metric["Namespace"], metric["MetricName"], json.dumps(dimensions_of(metric)))
        for alarm in alarms_of(synthesis).values()
        for metric in metrics_of(alarm)
        if metric["Namespace"] in (NAMESPACE, DELIVERY) and "Group" not in dimensions_of(metric)
    }
    emitted = {(DELIVERY, name) for name, _unit in FIGURES.values()} | {(NAMESPACE, OVERDUE)}
    assert watched
    assert {(namespace, name) for namespace, name, _ in watched} <= emitted
    assert {dimensions for *_, dimensions in watched} == {json.dumps({"Environment": synthesis.environment})}


def report() -> Report:
    return Report(
        kind="schedule",
        environment="demo",
        release_id="demo",
        run_id="0" * 12,
        verdict=Verdict.PASSED,
        stops_release=False,
        started="",
        finished="",
        duration_ms=1,
        counts=count(()),
        checks=(),
    )


def test_the_rollback_alarm_watches_all_that_m36_names(synthesis: Synthesis) -> None:
    (alarm,) = synthesis.resources(prefix="AWS::CloudWatch::CompositeAlarm").values()
    triggers = {
        resource["Properties"]["AlarmName"].split("-crypto-trading-")[1]: resource["Properties"]
        for name, resource in alarms_of(synthesis).items()
        if name.split("/")[1] in json.dumps(alarm["Properties"]["AlarmRule"])
    }
    assert {
        name: (item["EvaluationPeriods"], item["Period"], item["Threshold"]) for name, item in triggers.items()
    } == {
        "verification-health": (3, 60, 1),
        "emergency-stop": (1, 60, 1),
        # The share of 5xx; five minutes of more than 5 %, three of a p95 above 1000 ms.
        "api-errors": (5, 60, 0.05),
        "api-latency": (3, 60, LATENCY_MS.get(synthesis.environment, 1000)),
    }


def test_the_rollback_alarm_starts_the_rollback(synthesis: Synthesis) -> None:
    operations = synthesis.templates["Operations"]["Resources"]
    (alarm,) = (name for name, item in operations.items() if item["Type"] == "AWS::CloudWatch::CompositeAlarm")
    (machine,) = (name for name, item in operations.items() if item["Type"] == "AWS::StepFunctions::StateMachine")
    rules = [item["Properties"] for item in operations.values() if item["Type"] == "AWS::Events::Rule"]
    (rule,) = (rule for rule in rules if rule.get("EventPattern", {}).get("source") == ["aws.cloudwatch"])
    assert rule["State"] == "ENABLED"
    assert rule["EventPattern"]["resources"] == [{"Fn::GetAtt": [alarm, "Arn"]}]
    assert rule["EventPattern"]["detail"] == {"state": {"value": ["ALARM"]}}
    assert [target["Arn"] for target in rule["Targets"]] == [{"Ref": machine}]


def test_api_and_workflow_are_watched(synthesis: Synthesis) -> None:
    watched = {
        (metric["Namespace"], metric["MetricName"])
        for alarm in alarms_of(synthesis).values()
        for metric in metrics_of(alarm)
    }
    assert {
        ("AWS/ApiGateway", "5XXError"),
        ("AWS/ApiGateway", "Latency"),
        ("AWS/States", "ExecutionsFailed"),
        ("AWS/States", "ExecutionsTimedOut"),
    } <= watched
