"""F34: a stack that CloudFormation cannot go on with. `doctor` prints the exact next command."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ops.doctor import stacks
from ops.doctor.findings import Finding, Status
from tests.support.doctor import FakeSurroundings

NAME = "Acinaces-staging-Release"
AWS = "aws cloudformation"
WHERE = f"--stack-name {NAME} --region eu-central-1"


def look(status: str, *, protected: bool = False, resources: tuple[tuple[str, str], ...] = ()) -> Finding:
    described = {
        "StackName": NAME,
        "StackStatus": status,
        "CreationTime": datetime(2026, 11, 23, 6, 28, tzinfo=UTC),
        "EnableTerminationProtection": protected,
    }
    listed = [{"LogicalResourceId": name, "ResourceStatus": state} for name, state in resources]
    others = {"StackName": "Somebody-elses", "StackStatus": "ROLLBACK_COMPLETE"}
    around = FakeSurroundings(
        cloudformation__describe_stacks=lambda *, region, **_: {
            "Stacks": [described, others] if region == "eu-central-1" else []
        },
        cloudformation__list_stack_resources=lambda **_: {"StackResourceSummaries": listed},
    )
    (finding,) = stacks.stacks(around)
    return finding


@pytest.mark.parametrize(
    ("status", "command"),
    [
        ("ROLLBACK_COMPLETE", f"{AWS} delete-stack {WHERE}"),
        ("ROLLBACK_FAILED", f"{AWS} delete-stack {WHERE}"),
        ("CREATE_FAILED", f"{AWS} delete-stack {WHERE}"),
        ("REVIEW_IN_PROGRESS", f"{AWS} delete-stack {WHERE}"),
        ("UPDATE_FAILED", f"{AWS} rollback-stack {WHERE}"),
        ("UPDATE_IN_PROGRESS", f"{AWS} wait stack-update-complete {WHERE}"),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", f"{AWS} wait stack-update-complete {WHERE}"),
        ("CREATE_IN_PROGRESS", f"{AWS} wait stack-create-complete {WHERE}"),
        ("DELETE_IN_PROGRESS", f"{AWS} wait stack-delete-complete {WHERE}"),
        ("UPDATE_ROLLBACK_IN_PROGRESS", f"{AWS} wait stack-rollback-complete {WHERE}"),
        ("A_STATE_OF_THE_FUTURE", f"{AWS} describe-stack-events {WHERE}"),
    ],
)
def test_f34_each_state_has_its_command(status: str, command: str) -> None:
    finding = look(status)

    assert (finding.status, finding.fix) == (Status.FAIL, command)
    assert status in finding.message


def test_f34_a_failed_rollback_names_what_is_stuck() -> None:
    finding = look("UPDATE_ROLLBACK_FAILED", resources=(("Gate", "UPDATE_FAILED"), ("Api", "UPDATE_COMPLETE")))

    assert finding.fix == f"{AWS} continue-update-rollback {WHERE}"
    assert finding.message == "UPDATE_ROLLBACK_FAILED (stuck: Gate)"


def test_f34_a_failed_deletion_keeps_what_cannot_be_deleted() -> None:
    finding = look("DELETE_FAILED", resources=(("Bucket", "DELETE_FAILED"), ("Api", "DELETE_COMPLETE")))

    assert finding.fix == f"{AWS} delete-stack {WHERE} --retain-resources Bucket"


def test_f34_a_protected_stack_is_unprotected_before_it_is_deleted() -> None:
    finding = look("ROLLBACK_COMPLETE", protected=True)

    unprotect = f"{AWS} update-termination-protection {WHERE} --no-enable-termination-protection"
    assert finding.fix == f"{unprotect} && {AWS} delete-stack {WHERE}"


@pytest.mark.parametrize(
    ("status", "expected"),
    [("CREATE_COMPLETE", Status.PASS), ("UPDATE_COMPLETE", Status.PASS), ("UPDATE_ROLLBACK_COMPLETE", Status.WARN)],
)
def test_f34_what_can_be_updated_is_no_failure(status: str, expected: Status) -> None:
    assert look(status).status is expected


def test_f34_a_stack_near_its_limit_is_a_warning() -> None:
    many: list[Any] = [{"LogicalResourceId": str(number), "ResourceStatus": "x"} for number in range(400)]
    around = FakeSurroundings(
        cloudformation__describe_stacks=lambda *, region, **_: {
            "Stacks": [{"StackName": NAME, "StackStatus": "CREATE_COMPLETE"}] if region == "eu-central-1" else []
        },
        cloudformation__list_stack_resources=lambda **_: {"StackResourceSummaries": many},
    )

    (finding,) = stacks.resources(around)

    assert (finding.status, finding.message) == (Status.WARN, "400 of 500 resources")


@pytest.mark.parametrize(
    ("status", "protected", "goes_on"),
    [
        ("ROLLBACK_COMPLETE", False, True),
        ("ROLLBACK_FAILED", False, True),
        ("ROLLBACK_COMPLETE", True, False),
        ("UPDATE_ROLLBACK_FAILED", False, False),
        ("DELETE_FAILED", False, False),
    ],
)
def test_f59_a_deployment_goes_on_where_cdk_removes_what_failed(status: str, protected: bool, goes_on: bool) -> None:
    assert stacks.removed_by_cdk(look(status, protected=protected)) is goes_on
