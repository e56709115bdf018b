"""The pipelines' roles: named for the accounts that trust them, within a boundary, and apart from each other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from delivery import delivery_plan, roles
from delivery.assembly import VARIABLE
from delivery.settings import load_settings
from tests.support.pipeline_synthesis import PIPELINES, PipelineSynthesis

pytestmark = [pytest.mark.parametrize("pipeline", PIPELINES)]


def resources(pipelines: PipelineSynthesis, pipeline: str, kind: str) -> dict[str, Any]:
    found = pipelines.template(f"Acinaces-{pipeline}-Pipeline")["Resources"]
    return {name: one["Properties"] for name, one in found.items() if one["Type"] == kind}


def statements(pipelines: PipelineSynthesis, pipeline: str, role: str = "") -> Iterator[dict[str, Any]]:
    for name, policy in resources(pipelines, pipeline, "AWS::IAM::Policy").items():
        if name.startswith(role):
            yield from policy["PolicyDocument"]["Statement"]


def actions_of(statement: dict[str, Any]) -> list[str]:
    actions = statement["Action"]
    return [actions] if isinstance(actions, str) else actions


def test_whoever_an_account_trusts_is_a_role_that_the_pipeline_makes(
    pipelines: PipelineSynthesis, pipeline: str
) -> None:
    made = {role.get("RoleName") for role in resources(pipelines, pipeline, "AWS::IAM::Role").values()}
    assert all(len(name) <= 64 for name in made if name)
    settings = load_settings()
    for stage in delivery_plan(pipeline).stages:
        for trusted in (roles.deploying, roles.asking_first, roles.validating):
            names = trusted(settings, stage.environment)
            own = [name for name in names if name.startswith(f"{roles.PREFIX}{pipeline}-")]
            assert own
            assert set(own) <= made, "an environment's account trusts no role that is not there"


def test_no_role_is_beyond_the_boundary(pipelines: PipelineSynthesis, pipeline: str) -> None:
    boundary = load_settings().permissions_boundary
    for name, role in resources(pipelines, pipeline, "AWS::IAM::Role").items():
        assert f":policy/{boundary}" in json.dumps(role["PermissionsBoundary"]), name
        assert "AWS" not in role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] or "Fn::GetAtt" in json.dumps(
            role["AssumeRolePolicyDocument"]
        ), "an account is trusted nowhere"


def test_the_action_on_the_connection_has_its_prefix(pipelines: PipelineSynthesis, pipeline: str) -> None:
    """IAM matches `codestar-connections:UseConnection` with no ARN of `codeconnections`."""
    connection = load_settings().source.connection_arn
    prefix = connection.split(":")[2]
    reading = [one for one in statements(pipelines, pipeline) if connection in json.dumps(one["Resource"])]
    assert len(reading) > 2
    assert all(f"{prefix}:UseConnection" in actions_of(one) for one in reading)


def test_the_key_of_the_log_lets_the_regions_logs_use_it(pipelines: PipelineSynthesis, pipeline: str) -> None:
    (key,) = resources(pipelines, pipeline, "AWS::KMS::Key").values()
    (log,) = resources(pipelines, pipeline, "AWS::Logs::LogGroup").values()
    assert "KmsKeyId" in log
    (statement,) = [one for one in key["KeyPolicy"]["Statement"] if one.get("Sid") == "LogGroups"]
    assert statement["Principal"] == {"Service": "logs.eu-central-1.amazonaws.com"}
    context = json.dumps(statement["Condition"])
    assert "kms:EncryptionContext:aws:logs:arn" in context
    assert "arn:aws:logs:eu-central-1:555555555555:log-group:*" in context


def test_tests_write_no_artefact_and_nobody_but_synthesis_writes_the_assembly(
    pipelines: PipelineSynthesis, pipeline: str
) -> None:
    """Tests run whatever a commit brings; what is deployed must not be theirs to change."""
    for role in ("Tests", "Asks"):
        assert not [one for one in statements(pipelines, pipeline, role) if "s3:PutObject" in actions_of(one)], role
    policies = resources(pipelines, pipeline, "AWS::S3::BucketPolicy").values()
    every = [one for policy in policies for one in policy["PolicyDocument"]["Statement"]]
    (statement,) = [one for one in every if one.get("Sid") == "AssemblyFromSynthesisAlone"]
    assert (statement["Effect"], statement["Action"]) == ("Deny", "s3:PutObject")
    assert f"/acinaces-{pipeline}/Synth*" in json.dumps(statement["Resource"])
    writer = f"arn:aws:iam::555555555555:role/{roles.named(pipeline, 'synth')}"
    assert statement["Condition"] == {"ArnNotEquals": {"aws:PrincipalArn": writer}}


def test_each_stage_compares_the_assembly_with_what_synthesis_said(pipelines: PipelineSynthesis, pipeline: str) -> None:
    """The digest is a variable of the execution: who can write into the store of artefacts cannot change it."""
    stages = pipelines.stages(pipeline)
    for stage in delivery_plan(pipeline).stages:
        name = stage.environment.name
        (changes,) = [one for one in stages[name] if one["Name"] == f"{name}-changes"]
        variables = json.loads(changes["Configuration"]["EnvironmentVariables"])
        given = {one["name"]: one["value"] for one in variables}
        assert given[VARIABLE] == f"#{{Build@Synth.{VARIABLE}}}"
        deployed = [one["RunOrder"] for one in stages[name] if one["Name"].endswith((".Prepare", ".Deploy"))]
        assert changes["RunOrder"] < min(deployed)
    (approval,) = [one for one in stages["production"] if one["Name"] == "production-approval"]
    assert f"Assembly #{{Build@Synth.{VARIABLE}}}" in approval["Configuration"]["CustomData"]
