"""The journal's part of Operations: who calls the recorder, what it may do, and whom the alarms of M37 tell."""

from __future__ import annotations

import json
from typing import Any

from environments import load_environment
from lambda_src.journal import recorder
from tests.support.synthesis import Synthesis


def of_type(synthesis: Synthesis, kind: str) -> list[dict[str, Any]]:
    resources = synthesis.templates["Operations"]["Resources"].values()
    return [resource["Properties"] for resource in resources if resource["Type"] == kind]


def test_the_end_of_release_and_of_operations_calls_the_recorder(synthesis: Synthesis) -> None:
    (rule,) = (
        rule
        for rule in of_type(synthesis, "AWS::Events::Rule")
        if rule.get("EventPattern", {}).get("source") == ["aws.cloudformation"]
        and "Recorder" in json.dumps(rule["Targets"])
    )
    detail = rule["EventPattern"]["detail"]
    prefixes = [stack["prefix"].rpartition("stack/")[2] for stack in detail["stack-id"]]
    assert prefixes == [f"Acinaces-{synthesis.environment}-{part}/" for part in ("Release", "Operations")]
    statuses = detail["status-details"]["status"]
    assert {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"} <= set(statuses)
    assert not [status for status in statuses if status.endswith("_IN_PROGRESS")]
    assert rule["Targets"][0]["DeadLetterConfig"]


def test_on_a_laptop_nothing_calls_it_by_the_clock(synthesis: Synthesis) -> None:
    (timed,) = (
        rule
        for rule in of_type(synthesis, "AWS::Events::Rule")
        if "ScheduleExpression" in rule and "Recorder" in json.dumps(rule["Targets"])
    )
    enabled = bool(load_environment(synthesis.environment).operations.enabled)
    assert (timed["ScheduleExpression"], timed["State"]) == ("rate(5 minutes)", "ENABLED" if enabled else "DISABLED")


def test_it_has_what_its_code_asks_for(synthesis: Synthesis) -> None:
    name = load_environment(synthesis.environment).resource_name("release-recorder")
    (function,) = (item for item in of_type(synthesis, "AWS::Lambda::Function") if item.get("FunctionName") == name)
    assert function["Handler"] == recorder.__name__ + ".on_event"
    asked = {
        "ENVIRONMENT",
        "RELEASE_STACK",
        "STACKS",
        "JOURNAL",
        "CONTENTS_PARAMETER",
        "REPORT_BUCKET",
        "REPORT_PREFIX",
    }
    assert asked <= function["Environment"]["Variables"].keys()


def test_m37_tells_the_right_people(synthesis: Synthesis) -> None:
    prefix = load_environment(synthesis.environment).resource_name("releases-")
    alarms = {
        alarm["AlarmName"].removeprefix(prefix): alarm
        for alarm in of_type(synthesis, "AWS::CloudWatch::Alarm")
        if str(alarm["AlarmName"]).startswith(prefix)
    }
    told = {
        name: (
            alarm["ComparisonOperator"],
            alarm["Threshold"],
            "Critical" if "Critical" in json.dumps(alarm["AlarmActions"]) else "Warning",
        )
        for name, alarm in alarms.items()
    }
    assert told == {
        "success": ("LessThanThreshold", 95, "Critical"),
        "duration": ("GreaterThanThreshold", 1800, "Warning"),
        "rollbacks": ("GreaterThanThreshold", 3, "Warning"),
    }
    published = {name for name, _unit in recorder.FIGURES.values()}
    assert {alarm["MetricName"] for alarm in alarms.values()} <= published
