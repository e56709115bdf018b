"""Protection comes once a stack stands, comes back when it was taken away, and waits for a person who removes."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_src.operations.aws_calls import CallFailed
from lambda_src.operations.protection import NotProtected, protect

DATA, EDGE = ("eu-central-1", "Data"), ("us-east-1", "Edge")


class Cloud:
    """Stacks with their status and protection, tables with theirs."""

    def __init__(self) -> None:
        self.parameter = "on"
        self.stacks = {DATA: ["CREATE_COMPLETE", False], EDGE: ["UPDATE_COMPLETE", False]}
        self.tables = {"orders": ["ACTIVE", False]}
        # Operations that answer and change nothing, or fail with a code.
        self.broken: dict[str, str] = {}
        self.changes = 0

    def __call__(self, service: str, operation: str, *, region: str | None = None, **parameters: Any) -> Any:
        if code := self.broken.get(operation):
            if code == "nothing":
                return {}
            raise CallFailed(f"{service} {operation}: {code}", code=code)
        return getattr(self, f"_{operation}")(region, **parameters)

    def _get_parameter(self, _region: str | None, **_: Any) -> Any:
        return {"Parameter": {"Value": self.parameter}}

    def _describe_stacks(self, region: str, StackName: str) -> Any:
        if (region, StackName) not in self.stacks:
            raise CallFailed("cloudformation describe_stacks: ValidationError", code="ValidationError")
        status, protected = self.stacks[region, StackName]
        return {"Stacks": [{"StackStatus": status, "EnableTerminationProtection": protected}]}

    def _update_termination_protection(self, region: str, StackName: str, EnableTerminationProtection: bool) -> Any:
        self.changes += 1
        self.stacks[region, StackName][1] = EnableTerminationProtection

    def _describe_table(self, _region: str | None, TableName: str) -> Any:
        status, protected = self.tables[TableName]
        return {"Table": {"TableStatus": status, "DeletionProtectionEnabled": protected}}

    def _update_table(self, _region: str | None, TableName: str, DeletionProtectionEnabled: bool) -> Any:
        self.changes += 1
        self.tables[TableName][1] = DeletionProtectionEnabled


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


def run(cloud: Cloud) -> dict[str, Any]:
    return protect(cloud, parameter="/p", stacks=[DATA, EDGE], tables=list(cloud.tables))


def test_what_stands_is_protected_once(cloud: Cloud) -> None:
    assert len(run(cloud)["protected"]) == 3
    assert run(cloud) == {"protection": "on", "protected": []}
    assert cloud.changes == 3
    assert all(protected for _, protected in [*cloud.stacks.values(), *cloud.tables.values()])


@pytest.mark.parametrize("status", ["CREATE_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_IN_PROGRESS"])
def test_what_does_not_stand_yet_can_be_taken_away(cloud: Cloud, status: str) -> None:
    cloud.stacks[DATA][0] = status
    del cloud.stacks[EDGE]

    run(cloud)

    assert cloud.stacks[DATA] == [status, False]


def test_nothing_is_done_while_a_person_removes_the_environment(cloud: Cloud) -> None:
    cloud.parameter = "off"

    assert run(cloud)["protection"] == "off"
    assert cloud.changes == 0


@pytest.mark.parametrize("operation", ["update_termination_protection", "update_table"])
@pytest.mark.parametrize("how", ["AccessDenied", "nothing"])
def test_what_could_not_be_protected_fails_after_the_rest_is(cloud: Cloud, operation: str, how: str) -> None:
    cloud.broken = {operation: how}

    with pytest.raises(NotProtected):
        run(cloud)

    assert cloud.changes == (1 if operation == "update_termination_protection" else 2)
