"""Acknowledgements stand beside constructs: nothing blank, nothing stale, nothing unrecorded."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from constructs.acknowledge import PLATFORM, SECURITY, acknowledge, qualified, wildcards
from environments import known_environments
from ops.documents.acknowledged import Acknowledged, read_acknowledged
from stacks.compliance import add_compliance_checks, matches
from tests.support.pipeline_synthesis import PipelineSynthesis
from tests.support.synthesis import CONTEXT, REPORT_ONLY, Synthesis

BY_CDK = ("CloudFormation-Validate::F3002", "CloudFormation-Validate::F3003")
# Known at once or in `make pr`; no report of synthesis is about them.
ELSEWHERE = ("Annotation::", "checkov::")
WHOLE_STACK = {"NIST.800.53.R5::NIST.800.53.R5-IAMNoInlinePolicy"}

# What is acknowledged in one assembly, and what its reports say was taken away: id, place.
Assemblies = list[tuple[list[Acknowledged], set[tuple[str, str]]]]


@pytest.fixture(scope="module")
def assemblies(synthesis_of: Callable[[str], Synthesis], pipelines: PipelineSynthesis) -> Assemblies:
    folders = [(f"Acinaces-{name}-", synthesis_of(name).directory) for name in known_environments()]
    folders += [(f"Acinaces-{name}-", pipelines.directory) for name in ("main", "hotfix")]
    return [(list(read_acknowledged(folder, prefix)), set(taken_away(folder, prefix))) for prefix, folder in folders]


def taken_away(folder: Path, prefix: str) -> Iterator[tuple[str, str]]:
    for report in json.loads((folder / "validation-report.json").read_text(encoding="utf-8"))["pluginReports"]:
        for violation in report.get("suppressedViolations") or ():
            yield violation["acknowledgedId"], violation["acknowledgedAt"].removeprefix(prefix)


def test_none_is_stale(assemblies: Assemblies) -> None:
    """Each rule of an acknowledgement takes a finding away in some environment, and so does each of its places."""
    given: set[tuple[str, str]] = set()
    needed: set[tuple[str, str]] = set()
    for acknowledged, used in assemblies:
        for one in acknowledged:
            if one.rule.startswith(ELSEWHERE):
                continue
            keys = {(one.reason, one.rule), (one.reason, one.place)}
            given |= keys
            if any(place == one.place and matches(one.rule, id) for id, place in used):
                needed |= keys
    assert given
    assert not given - needed, "\n".join(f"stale: {what}: {reason}" for reason, what in sorted(given - needed))


def test_each_says_why_and_who_and_none_names_a_hashed_id(assemblies: Assemblies) -> None:
    for acknowledged, _used in assemblies:
        for one in acknowledged:
            assert one.owner in (PLATFORM, SECURITY)
            assert not re.search(r"[A-Za-z][0-9A-F]{8}\b", one.rule), f"`...` stands for what CDK hashes: {one.rule}"
            assert one.path or one.rule in WHOLE_STACK, f"a whole stack is not the narrowest construct: {one.rule}"


def test_nothing_is_acknowledged_without_the_helper(synthesis: Synthesis) -> None:
    known = {
        (f"Acinaces-{synthesis.environment}-{one.place}", one.rule)
        for one in read_acknowledged(synthesis.directory, f"Acinaces-{synthesis.environment}-")
    }
    beside = {(path, rule) for path, rule, _reason in synthesis.recorded} - known
    # CDK's own flow log accepts two findings about what it renders itself.
    beside -= {(path, rule) for path, rule in beside if path.endswith("/Vpc/FlowLog") and rule in BY_CDK}
    assert not beside, "acknowledge with constructs.acknowledge: it asks for a reason and an owner"


@pytest.mark.parametrize(
    ("reason", "rules", "message"),
    [
        ("", ("AwsSolutions-S1",), "what is accepted, and why"),
        ("because we can", ("AwsSolutions-S1",), "what is accepted, and why"),
        ("a good and honest reason", (), "what is accepted, and why"),
        ("a good and honest reason", ("S1",), "a rule of no validator"),
        ("a good and honest reason", ("@aws-cdk/aws-s3:nothing",), "CDK does not warn of @aws-cdk/aws-s3:nothing"),
    ],
)
def test_what_the_helper_refuses(reason: str, rules: tuple[str, ...], message: str) -> None:
    bucket = s3.Bucket(cdk.Stack(), "Bucket")

    with pytest.raises(ValueError, match=message):
        acknowledge(bucket, reason, PLATFORM, *rules)
    assert not [entry for entry in bucket.node.metadata if "acknowledged" in entry.type]


def test_every_rule_has_the_namespace_of_its_validator() -> None:
    rules = ["AwsSolutions-S1", "NIST.800.53.R5-LambdaDLQ", "W3010", "pf-lambda-env-size", "CKV_AWS_18"]
    assert [qualified(rule).partition("::")[0] for rule in rules] == [
        "AwsSolutions", "NIST.800.53.R5", "CloudFormation-Validate", "cdk-preflight", "checkov",
    ]  # fmt: skip


def findings(directory: Path, *accepted: tuple[str, tuple[str, ...]]) -> set[tuple[str, str]]:
    """Wildcard findings at roles `Role` and `Other` that `accepted` (a construct's id, and rules) leave."""
    app = cdk.App(context={**CONTEXT, **REPORT_ONLY}, analytics_reporting=False, outdir=str(directory))
    stack = cdk.Stack(app, "Acinaces-demo-Data")
    bucket = s3.Bucket(stack, "Bucket")
    for id in ("Role", "Other"):
        role = iam.Role(stack, id, assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["s3:Get*"],
                resources=[bucket.arn_for_objects("reports/*"), f"{stack.stack_id}/{cdk.Aws.REGION}/*"],
            )
        )
        role.add_to_policy(iam.PolicyStatement(actions=["xray:PutTraceSegments"], resources=["*"]))
    for id, rules in accepted:
        acknowledge(stack.node.find_child(id), "they are only for a test", SECURITY, *rules)
    add_compliance_checks(app)
    app.synth()
    reports = json.loads((directory / "validation-report.json").read_text(encoding="utf-8"))["pluginReports"]
    return {
        (violation["ruleName"].removeprefix("AwsSolutions-IAM5"), construct["constructPath"].split("/")[1])
        for report in reports
        for violation in report["violations"]
        for construct in violation["violatingConstructs"]
        if violation["ruleName"].startswith("AwsSolutions-IAM5")
    }


ACTION, REPORTS, OWN, ALL = (
    "[Action::s3:Get*]",
    "[Resource::<Bucket83908E77.Arn>/reports/*]",
    "[Resource::<AWS::StackId>/<AWS::Region>/*]",
    "[Resource::*]",
)
EVERYTHING = {(finding, role) for finding in (ACTION, REPORTS, OWN, ALL) for role in ("Role", "Other")}


@pytest.mark.parametrize(
    ("accepted", "taken"),
    [
        ((), set()),
        ((("Role", wildcards("Resource::...")),), {(REPORTS, "Role"), (OWN, "Role"), (ALL, "Role")}),
        ((("Role", wildcards("Resource::<....Arn>/reports/*")),), {(REPORTS, "Role")}),
        # `*` is a `*`: it stands for nothing else.
        ((("Other", wildcards("Resource::*", "Action::*")),), {(ALL, "Other")}),
        ((("Role", wildcards("Action::s3:Get*")), ("Other", wildcards("Resource::.../<AWS::Region>/*"))),
         {(ACTION, "Role"), (OWN, "Other")}),
    ],
)  # fmt: skip
def test_dots_stand_for_any_text_at_this_construct_alone(
    tmp_path: Path, accepted: Any, taken: set[tuple[str, str]]
) -> None:
    assert findings(tmp_path, *accepted) == EVERYTHING - taken
