"""What holds for every stack of every environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from environments import known_environments, load_environment
from tests.support.synthesis import ROOT, Synthesis

PARTS = {"Network", "Data", "Secrets", "Edge", "Release", "Operations"}
# Actions that AWS grants on no narrower resource.
WITHOUT_RESOURCE = {
    "xray:GetSamplingRules",
    "sns:GetSubscriptionAttributes",
    "xray:GetTraceSummaries",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:PutMetricData",
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
    "route53:ListHostedZonesByName",
    "secretsmanager:GetRandomPassword",
    "timestream:DescribeEndpoints",
}


def stacks_of(synthesis: Synthesis) -> dict[str, dict[str, Any]]:
    manifest = json.loads((synthesis.directory / "manifest.json").read_text(encoding="utf-8"))
    # A look-up that had no answer yet would stand here, and need an account.
    assert not manifest.get("missing")
    return {
        name.removeprefix(f"Acinaces-{synthesis.environment}-"): artifact
        for name, artifact in manifest["artifacts"].items()
        if artifact["type"] == "aws:cloudformation:stack"
    }


def test_names_places_and_protection(synthesis: Synthesis) -> None:
    environment = load_environment(synthesis.environment)
    stacks = stacks_of(synthesis)
    assert stacks.keys() == PARTS
    for part, stack in stacks.items():
        region = "us-east-1" if part == "Edge" else environment.aws.region
        assert stack["environment"] == f"aws://{environment.aws.account}/{region}"
        # Set by the environment itself once the stack stands: set here, a failed first creation could not be removed.
        assert not stack["properties"].get("terminationProtection"), part


def test_a_stack_stays_well_below_the_limit(synthesis: Synthesis) -> None:
    for part, template in synthesis.templates.items():
        assert len(template["Resources"]) < 400, f"{part}: CloudFormation takes 500 resources"
        assert len(json.dumps(template)) < 800_000, f"{part}: CloudFormation takes 1 MB"


def test_no_template_holds_a_secret(synthesis: Synthesis) -> None:
    """What is secret is a dynamic reference."""
    for name, resource in synthesis.resources().items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::ApiGateway::ApiKey":
            assert "{{resolve:secretsmanager:" in json.dumps(properties["Value"]), name
        if "AuthToken" in properties:
            assert "{{resolve:secretsmanager:" in json.dumps(properties["AuthToken"]), name
        assert "SecretString" not in properties, name


def test_wildcards_only_where_aws_has_nothing_narrower(synthesis: Synthesis) -> None:
    """The registry accepts `Resource: *` by construct; what is called there is bounded here."""
    for name, statement in allowing_statements(synthesis):
        if "*" in as_list(statement["Resource"]):
            assert set(as_list(statement["Action"])) <= WITHOUT_RESOURCE, name
        assert "*" not in as_list(statement["Action"]), name


def allowing_statements(synthesis: Synthesis) -> Iterator[tuple[str, dict[str, Any]]]:
    """Statements of roles and policies of identities. Key and resource policies have another meaning of `*`."""
    for name, resource in synthesis.resources(prefix="AWS::IAM::").items():
        properties = resource.get("Properties", {})
        documents = [properties.get("PolicyDocument"), *(p["PolicyDocument"] for p in properties.get("Policies", []))]
        for document in documents:
            for statement in (document or {}).get("Statement", []):
                if statement["Effect"] == "Allow":
                    yield name, statement


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_log_groups_forget(synthesis: Synthesis) -> None:
    days = load_environment(synthesis.environment).functions.log_retention_days
    groups = synthesis.resources(prefix="AWS::Logs::LogGroup")
    assert groups
    assert {group["Properties"].get("RetentionInDays") for group in groups.values()} == {days}


def contents_of(assembly: Path) -> dict[str, Any]:
    return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in assembly.glob("*.template.json")}


def test_synthesis_gives_the_same_again(synthesis_of: Callable[[str], Synthesis], tmp_path: Path) -> None:
    """In another process, another folder and with other hash seeds.

    Not byte by byte: CDK orders the outputs that other stacks refer to by how many tokens the process has made before.
    """
    subprocess.run(
        [sys.executable, "-m", "tests.support.synthesis", str(tmp_path)],
        cwd=ROOT,
        # Validation reads templates and changes none.
        env={**os.environ, "PYTHONHASHSEED": "4711", "CDK_VALIDATION": "false"},
        check=True,
        capture_output=True,
    )
    for name in known_environments():
        first = contents_of(synthesis_of(name).directory)
        second = contents_of(tmp_path / name)
        assert first
        assert first.keys() == second.keys()
        assert [file for file in first if first[file] != second[file]] == []
