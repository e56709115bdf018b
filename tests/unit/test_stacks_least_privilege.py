"""What roles of an environment may do: exact resources, and a reason for each action that knows none."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest

from tests.support.synthesis import Synthesis

_NO_TYPE = "the action knows no resource type"
# Actions that some role may do on every resource -> why.
ON_EVERYTHING = {
    "cloudwatch:DescribeAlarms": "composite alarms are described with no narrower resource",
    "cloudwatch:PutMetricData": _NO_TYPE + "; the namespace is a condition",
    "ec2:AssignPrivateIpAddresses": "Lambda's calls before a network interface exists; denied to the function's code",
    "ec2:CreateNetworkInterface": "the same",
    "ec2:DeleteNetworkInterface": "the same",
    "ec2:DescribeNetworkInterfaces": _NO_TYPE,
    "ec2:DescribeSecurityGroups": _NO_TYPE,
    "ec2:DescribeSubnets": _NO_TYPE,
    "ec2:UnassignPrivateIpAddresses": "as the first of them",
    "logs:CreateLogDelivery": "Step Functions' logging; " + _NO_TYPE,
    "logs:DeleteLogDelivery": "the same",
    "logs:DescribeLogGroups": "the same",
    "logs:DescribeResourcePolicies": "the same",
    "logs:GetLogDelivery": "the same",
    "logs:ListLogDeliveries": "the same",
    "logs:PutResourcePolicy": "the same",
    "logs:UpdateLogDelivery": "the same",
    "route53:ListHostedZonesByName": _NO_TYPE,
    "secretsmanager:GetRandomPassword": _NO_TYPE,
    "sns:GetSubscriptionAttributes": _NO_TYPE,
    "timestream:DescribeEndpoints": _NO_TYPE,
    "xray:GetSamplingRules": _NO_TYPE,
    "xray:GetSamplingTargets": _NO_TYPE,
    "xray:GetTraceSummaries": _NO_TYPE,
    "xray:PutTelemetryRecords": _NO_TYPE,
    "xray:PutTraceSegments": _NO_TYPE,
}
WRITES = (
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:PartiQL*",
)


@pytest.fixture(scope="module")
def production(synthesis_of: Callable[[str], Synthesis]) -> Synthesis:
    return synthesis_of("production")


def allowed(synthesis: Synthesis, role: str = "") -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Where, action, resource and condition of each permission; `role`: how `part/logical id` of its policy begins."""
    for where, resource in synthesis.resources(prefix="AWS::IAM::").items():
        properties = resource["Properties"]
        documents = [
            properties.get("PolicyDocument"),
            *(one["PolicyDocument"] for one in properties.get("Policies", [])),
        ]
        for statement in (one for document in documents if document for one in document["Statement"]):
            if where.startswith(role) and statement["Effect"] == "Allow":
                for action in _list(statement["Action"]):
                    for on in _list(statement["Resource"]):
                        yield (
                            where,
                            action,
                            on if isinstance(on, str) else json.dumps(on),
                            statement.get("Condition", {}),
                        )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("name", ["production", "local"])
def test_every_star_has_a_reason(name: str, synthesis_of: Callable[[str], Synthesis]) -> None:
    every = {(where, action) for where, action, on, _ in allowed(synthesis_of(name)) if on == "*"}
    assert not [found for found in every if found[1] not in ON_EVERYTHING]
    assert not [action for where, action in every if action.endswith(":*")]


def test_no_reason_is_left_over(production: Synthesis) -> None:
    used = {action for _, action, on, _ in allowed(production) if on == "*"}
    # Timestream is no part of production's settings.
    assert set(ON_EVERYTHING) - used <= {"timestream:DescribeEndpoints"}


def test_no_role_changes_or_removes_an_audit_entry(production: Synthesis) -> None:
    """The table's own policy denies it to everybody; no role is allowed it either."""
    found = {
        (where.partition("Role")[0], action)
        for where, action, on, _ in allowed(production)
        if any(fnmatchcase(action, write) for write in WRITES) and "Tablesaudit" in on
    }
    assert {action for _, action in found} == {"dynamodb:PutItem"}
    assert len(found) == 7, "six handlers and the activation workflow add entries"


def test_what_a_role_reads_and_writes_is_what_its_code_does(production: Synthesis) -> None:
    """By role: the actions on tables, and nothing else on them."""
    expected = {
        "Release/health": {"dynamodb:GetItem"},
        "Release/audit": {"dynamodb:Query"},
        "Release/orders": {"dynamodb:GetItem", "dynamodb:Scan", "dynamodb:PutItem", "dynamodb:UpdateItem"},
        "Release/Gate": {"dynamodb:GetItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:Query"},
        "Operations/Validation": {"dynamodb:GetItem", "dynamodb:DeleteItem"},
        "Operations/Verification": {"dynamodb:GetItem", "dynamodb:DeleteItem"},
        "Operations/Rotation": set(),
    }
    for role, actions in expected.items():
        found = {action for _, action, _, _ in allowed(production, role) if action.startswith("dynamodb:")}
        assert found == actions, role


@pytest.mark.parametrize("role", ["Operations/Validation", "Operations/Verification"])
def test_verification_removes_its_own_rows_only_and_names_what_it_looks_at(production: Synthesis, role: str) -> None:
    for _, action, on, condition in allowed(production, role):
        if action == "dynamodb:DeleteItem":
            assert condition == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["smoke-*"]}}
            assert "Tablesaudit" not in on
            assert "Journal" not in on
        if action == "logs:FilterLogEvents":
            assert "production-crypto-trading-*" not in on, (action, on)
        if action == "logs:DescribeMetricFilters":
            assert "/aws/apigateway/" in on


def test_keys_are_used_by_way_of_a_service(production: Synthesis) -> None:
    """No role of the platform calls KMS itself; those that CDK makes for a bucket's copies are the exception."""
    direct = {
        where
        for where, action, _, condition in allowed(production)
        if action.startswith("kms:") and "kms:ViaService" not in json.dumps(condition)
    }
    assert not [where for where in direct if "Custom" not in where]


def test_the_code_of_a_function_cannot_make_network_interfaces(production: Synthesis) -> None:
    policies = production.resources(prefix="AWS::IAM::Policy")
    (health,) = [one for where, one in policies.items() if where.startswith("Release/health")]
    (denied,) = [one for one in health["Properties"]["PolicyDocument"]["Statement"] if one["Effect"] == "Deny"]
    assert "ec2:CreateNetworkInterface" in denied["Action"]
    assert "function:production-crypto-trading-health" in json.dumps(denied["Condition"]["ArnLike"])
