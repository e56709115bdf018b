"""What is told of a failed deployment."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.diagnosis import Diagnosis, FailedResource, failed_resources

STACK = "AWS::CloudFormation::Stack"
GATE = "Custom::VerificationGate"
REASON = "Error: api/templates (failed): GET /api/templates: HTTP 500"


def event(logical_id: str, resource_type: str, status: str, **more: str) -> dict[str, str]:
    return {
        "StackName": "Release",
        "LogicalResourceId": logical_id,
        "ResourceType": resource_type,
        "ResourceStatus": status,
        **more,
    }


GATE_FAILS = [
    event("Release", STACK, "UPDATE_IN_PROGRESS"),
    event("Gate", GATE, "UPDATE_IN_PROGRESS"),
    event("Gate", GATE, "UPDATE_FAILED", ResourceStatusReason=REASON),
    event("Release", STACK, "UPDATE_FAILED", ResourceStatusReason="The following resource(s) failed"),
    event("Release", STACK, "UPDATE_ROLLBACK_COMPLETE"),
]


def test_a_failed_resource_is_told_with_its_reason_and_the_stacks_echo_not_at_all() -> None:
    assert failed_resources(GATE_FAILS) == (
        FailedResource(stack="Release", resource_type=GATE, reason=f"Gate: {REASON}"),
    )


def test_a_failure_without_a_reason_says_so() -> None:
    (failed,) = failed_resources([event("Topic", "AWS::SNS::Topic", "CREATE_FAILED")])
    assert failed.reason == "Topic: no reason given"


@pytest.mark.parametrize(
    ("output", "by_synthesis", "by_settings"),
    [
        ("acinaces: local.toml: data.x: unknown key\napp.py: Subprocess exited with error 2\n", True, True),
        ("app.py: Subprocess exited with error 1\n", True, False),
        ("ERROR IAM5\nSynthesis finished with errors\n", True, False),
        ("connect ECONNREFUSED\n", False, False),
    ],
)
def test_synthesis_and_settings_are_told_apart(output: str, by_synthesis: bool, by_settings: bool) -> None:
    diagnosis = Diagnosis(failed=(), function_logs={}, tail=output.splitlines(), log=Path("deploy.log"))

    assert (diagnosis.by_synthesis, diagnosis.by_settings) == (by_synthesis, by_settings)
    assert not diagnosis.by_gate


def test_a_failing_gate_is_a_failed_check() -> None:
    diagnosis = Diagnosis(failed=failed_resources(GATE_FAILS), function_logs={}, tail=[], log=Path("deploy.log"))

    assert diagnosis.by_gate
    assert not diagnosis.by_synthesis
