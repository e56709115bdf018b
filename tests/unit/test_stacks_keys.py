"""Every log group with a key of its own can be made: its key's policy names the logs service of the region."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

import pytest

from environments import load_environment
from environments.sections import EDGE_REGION
from tests.support.pipeline_synthesis import PipelineSynthesis
from tests.support.synthesis import Synthesis

Templates = Mapping[str, Mapping[str, Any]]


def encrypted(templates: Templates) -> Iterator[tuple[str, str, Any]]:
    """Stack, logical id and key of each log group that has one."""
    for stack, template in templates.items():
        for name, resource in template["Resources"].items():
            key = resource.get("Properties", {}).get("KmsKeyId")
            if resource["Type"] == "AWS::Logs::LogGroup" and key:
                yield stack, name, key


def policy_of(templates: Templates, stack: str, key: Any) -> Any:
    """The policy of a key, which the stack has or reads from another one's output."""
    if "Fn::GetStackOutput" in key:
        reference = key["Fn::GetStackOutput"]
        stack = reference["StackName"]
        key = templates[stack]["Outputs"][reference["OutputName"]]["Value"]
    return templates[stack]["Resources"][key["Fn::GetAtt"][0]]["Properties"]["KeyPolicy"]


def lets_logs_use(policy: Any, region: str) -> bool:
    for statement in policy["Statement"]:
        service = statement["Principal"].get("Service", "") if isinstance(statement["Principal"], dict) else ""
        limits = json.dumps(statement.get("Condition", {}))
        if service == f"logs.{region}.amazonaws.com" and "kms:EncryptionContext:aws:logs:arn" in limits:
            needed = ("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:DescribeKey")
            return all(any(fnmatchcase(action, one) for one in statement["Action"]) for action in needed)
    return False


def test_of_every_environment(synthesis: Synthesis) -> None:
    region = load_environment(synthesis.environment).aws.region
    templates = {f"Acinaces-{synthesis.environment}-{part}": one for part, one in synthesis.templates.items()}
    for stack, name, key in encrypted(templates):
        here = EDGE_REGION if stack.endswith("-Edge") else region
        assert lets_logs_use(policy_of(templates, stack, key), here), f"{stack}/{name}"


@pytest.mark.parametrize("stack", ["Acinaces-main-Pipeline", "Acinaces-hotfix-Pipeline"])
def test_of_the_pipelines(pipelines: PipelineSynthesis, stack: str) -> None:
    templates = {stack: pipelines.template(stack)}
    found = list(encrypted(templates))
    assert found
    for _, name, key in found:
        assert lets_logs_use(policy_of(templates, stack, key), "eu-central-1"), name
