"""Operations: every schedule has checks and may ask what they ask; the rollback knows the release's functions."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from constructs import verification_alarms
from environments import load_environment
from lambda_src.verification import checks, metrics
from lambda_src.verification.plan import filled
from stacks.schedules import GROUPS
from tests.support.synthesis import Synthesis

# boto3's names whose IAM action is called otherwise.
ACTIONS = {
    ("s3", "get_public_access_block"): "s3:GetBucketPublicAccessBlock",
}
ASKING = {"ask", "pages"}


def operations(synthesis: Synthesis, kind: str) -> dict[str, dict[str, Any]]:
    resources = synthesis.templates["Operations"]["Resources"]
    return {name: item["Properties"] for name, item in resources.items() if item["Type"] == kind}


def text_of(value: Any) -> str:
    """A string of a template, with something in the place of what CloudFormation fills in."""
    if isinstance(value, str):
        return value
    return "".join(part if isinstance(part, str) else "X" for part in value.get("Fn::Join", ["", ["X"]])[1])


def plan(synthesis: Synthesis) -> Any:
    (gate,) = synthesis.resources(prefix="Custom::VerificationGate").values()
    text = (synthesis.directory / f"asset.{gate['Properties']['PlanKey']}").read_text(encoding="utf-8")
    return json.loads(filled(text, [text_of(value) for value in gate["Properties"]["PlanValues"]]))


def test_every_schedule_that_runs_has_checks(synthesis: Synthesis) -> None:
    enabled = load_environment(synthesis.environment).operations.enabled
    scheduled = {check["group"] for check in plan(synthesis)["checks"] if "schedule" in check["stages"]}
    for name in enabled:
        assert set(GROUPS[name]) <= scheduled, name


def test_no_group_is_forgotten(synthesis: Synthesis) -> None:
    """Except the smoke flow: it creates what people see, and belongs to releases."""
    scheduled = {check["group"] for check in plan(synthesis)["checks"] if "schedule" in check["stages"]}
    assert scheduled - {"smoke"} <= {group for groups in GROUPS.values() for group in groups}


def test_schedules_run_as_the_environment_says(synthesis: Synthesis) -> None:
    """M27's intervals."""
    enabled = load_environment(synthesis.environment).operations.enabled
    schedules = {item["Name"]: item for item in operations(synthesis, "AWS::Scheduler::Schedule").values()}
    assert {name: item["ScheduleExpression"] for name, item in schedules.items()} == {
        "health": "rate(1 minute)",
        "trading": "rate(5 minutes)",
        "monitoring": "rate(5 minutes)",
        "performance": "rate(1 hour)",
        "security": "rate(1 day)",
        "restore": "rate(7 days)",
    }
    assert {name for name, item in schedules.items() if item["State"] == "ENABLED"} == set(enabled)


def test_a_run_ends_before_the_next_begins(synthesis: Synthesis) -> None:
    for item in operations(synthesis, "AWS::Scheduler::Schedule").values():
        event = json.loads(text_of(item["Target"]["Input"]))
        number, unit = re.fullmatch(r"rate\((\d+) (\w+?)s?\)", item["ScheduleExpression"]).groups()  # type: ignore[union-attr]
        assert event["deadline_s"] < int(number) * {"minute": 60, "hour": 3600, "day": 86400}[unit]
        assert event["schedule"] == item["Name"]


def test_the_rollback_moves_the_releases_functions_and_no_others(synthesis: Synthesis) -> None:
    named = [
        text_of(resource).rpartition(":")[2]
        for policy in operations(synthesis, "AWS::IAM::Policy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if "lambda:UpdateAlias" in statement["Action"]
        for resource in statement["Resource"]
    ]
    release = synthesis.templates["Release"]["Resources"].values()
    assert sorted(named) == sorted(
        item["Properties"]["FunctionName"]
        for item in release
        if item["Type"] == "AWS::Lambda::Function" and "FunctionName" in item["Properties"]
    )


def test_names_of_metrics_are_those_of_the_runs() -> None:
    for name in ("NAMESPACE", "HEALTH", "HEALTH_FAILURE", "RUN_FAILED", "STOPPED"):
        assert getattr(verification_alarms, name) == getattr(metrics, name)


def test_the_scheduled_function_may_ask_what_checks_ask(synthesis: Synthesis) -> None:
    allowed = {
        action
        for policy in operations(synthesis, "AWS::IAM::Policy").values()
        if any("Verification" in role["Ref"] for role in policy["Roles"])
        for statement in policy["PolicyDocument"]["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    asked = set(asked_of_aws())
    assert len(asked) > 15
    assert sorted(asked - allowed) == []


def asked_of_aws() -> Iterator[str]:
    """The IAM actions of all calls in `checks`, read from the sources."""
    for path in sorted(Path(checks.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ASKING:
                literals = [item.value for item in node.args if isinstance(item, ast.Constant)]
                assert len(literals) == 2, f"{path.name}:{node.lineno}: a call of AWS is named by two literals"
                yield action_of(*map(str, literals))


def action_of(service: str, operation: str) -> str:
    if service == "apigateway":
        return "apigateway:GET"
    return ACTIONS.get((service, operation)) or f"{service}:{''.join(part.title() for part in operation.split('_'))}"


@pytest.mark.parametrize(
    ("service", "operation", "action"),
    [
        ("cloudwatch", "describe_alarms", "cloudwatch:DescribeAlarms"),
        ("apigateway", "get_stage", "apigateway:GET"),
        ("s3", "get_public_access_block", "s3:GetBucketPublicAccessBlock"),
    ],
)
def test_actions_are_derived(service: str, operation: str, action: str) -> None:
    assert action_of(service, operation) == action
