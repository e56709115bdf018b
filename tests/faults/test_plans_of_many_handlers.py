"""The plan is in S3, so that no number of handlers makes CloudFormation's event too large for Lambda (1 MB)."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, CfnParameter, Duration, RemovalPolicy, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_ssm as ssm
from aws_cdk.assertions import Template

from constructs.journal_table import JournalTable
from constructs.plan_asset import separated
from constructs.verification_gate import GatePlan, Served, VerificationGate
from constructs.versioned_function import FunctionPlatform
from lambda_src.verification.plan import PlanError, filled
from tests.faults.support.cloudformation import CloudFormation, properties
from tests.faults.support.fake_aws import FakeAws
from tests.faults.support.platform import FakePlatform

HANDLERS = 300
# Half of the smallest event that Lambda has ever taken: an update holds old and new properties.
LIMIT = 256 * 1024 // 2


def in_s3(platform: FakePlatform, aws: FakeAws, **changes: Any) -> dict[str, Any]:
    """The gate's properties as the stack sends them, with the environment's name as a value of CloudFormation's."""
    text = platform.plan().to_json().replace('"local"', '"{{value:0}}"')
    aws.objects["assets/plan.json"] = text.encode()
    digest = hashlib.sha256(text.encode()).hexdigest()
    named = {"PlanBucket": "assets", "PlanKey": "plan.json", "PlanDigest": digest, "PlanValues": ["local"]}
    return properties("", **{**named, **changes})


def test_the_plan_is_read_and_filled_in(cloudformation: CloudFormation, platform: FakePlatform, aws: FakeAws) -> None:
    outcome = cloudformation.deliver("Create", in_s3(platform, aws))

    assert outcome.status == "SUCCESS", outcome
    kept = next(body for key, body in aws.objects.items() if key.endswith("releases/plan.json"))
    assert b"{{value" not in kept
    assert json.loads(kept)["environment"] == "local"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"PlanKey": "other.json"}, "there is no plan s3://assets/other.json"),
        ({"PlanDigest": "0" * 64}, "its digest is another"),
        ({"PlanValues": []}, "the plan names value 0, and there are 0"),
    ],
)
def test_a_plan_that_is_not_the_synthesised_one_stops_the_release_and_no_rollback(
    cloudformation: CloudFormation, platform: FakePlatform, aws: FakeAws, changes: dict[str, Any], reason: str
) -> None:
    refused = cloudformation.deliver("Update", in_s3(platform, aws, **changes), PhysicalResourceId="gate-local")
    aws.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    observed = cloudformation.deliver("Update", in_s3(platform, aws, **changes), PhysicalResourceId="gate-local")

    assert refused.status == "FAILED"
    assert reason in refused.reason
    assert observed.status == "SUCCESS"


def test_values_are_part_of_json_text() -> None:
    assert json.loads(filled('{"name": "<{{value:1}}>"}', ("unused", 'a "quoted" \\ name'))) == {
        "name": '<a "quoted" \\ name>'
    }
    with pytest.raises(PlanError, match="must not hold"):
        separated('{"name": "{{value:0}}"}')


def test_the_properties_of_three_hundred_handlers_fit_into_an_event(tmp_path: Path) -> None:
    stack = Stack(App(), "Release")
    token = CfnParameter(stack, "LogGroup").value_as_string
    checks = [
        {"name": f"logs/handler-{number}", "group": f"{token}-{number}", "text": "x" * 7000}
        for number in range(HANDLERS)
    ]
    (tmp_path / "handler.py").write_text("")
    journal = JournalTable(
        stack,
        "Journal",
        name="journal",
        encryption_key=kms.Key(stack, "Key"),
        removal_policy=RemovalPolicy.DESTROY,
    )
    VerificationGate(
        stack,
        "Gate",
        plan=GatePlan(environment="demo", release_id="abc", plan=json.dumps({"checks": checks})),
        package=tmp_path,
        platform=FunctionPlatform(
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            layers=[],
            memory_mb=256,
            log_retention=logs.RetentionDays.ONE_MONTH,
            removal_policy=RemovalPolicy.DESTROY,
        ),
        timeout=Duration.seconds(300),
        reports=s3.Bucket(stack, "Reports"),
        api_key=secretsmanager.Secret(stack, "ApiKey"),
        contents=[ssm.StringParameter(stack, "Contents", string_value="{}")],
        served=Served(
            journal=journal,
            functions=[f"production-crypto-trading-handler-{number}" for number in range(HANDLERS)],
            alias="live",
            site=s3.Bucket(stack, "Site"),
        ),
        smoke_tables={"any": journal.table},
        after=[],
    )

    (gate,) = Template.from_stack(stack).find_resources("Custom::VerificationGate").values()

    assert len(json.dumps(gate["Properties"])) < LIMIT
    assert gate["Properties"]["PlanValues"] == [{"Ref": "LogGroup"}]
    assert "Plan" not in gate["Properties"]
