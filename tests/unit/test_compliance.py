"""All environments pass cdk-nag's AwsSolutions, Serverless and NIST 800-53 R5, CDK's own validation, and cfn-lint."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_logs as logs
from cfnlint.api import lint as cfn_lint
from cfnlint.core import get_rules
from cfnlint.match import Match

from environments import load_environment
from environments.sections import EDGE_REGION
from stacks.compliance import add_compliance_checks
from tests.support.synthesis import CONTEXT, REPORT_ONLY, Synthesis

# cfn-lint's rules by the same number as those of CDK's own validation, so one acknowledgement covers both.
_SHARED_NAMESPACE = "CloudFormation-Validate::"
# CDK writes DependsOn beside references that say the same. Informational rules are advice for people who type JSON.
_IGNORED = ["W3005", "I"]


def test_all_packs_and_cdks_own_rules_have_run(synthesis: Synthesis) -> None:
    # A pack that found nothing and suppressed nothing has no report; these three always suppress something.
    assert {"AwsSolutions", "NIST.800.53.R5", "Serverless"} <= {report["pluginName"] for report in synthesis.reports}
    assert not [report for report in synthesis.reports if report.get("metadata", {}).get("error")]


def test_no_finding_is_left(synthesis: Synthesis) -> None:
    left = [
        f"{violation['ruleName']} at {construct['constructPath']}: {violation['description']}"
        for report in synthesis.reports
        for violation in report["violations"]
        for construct in violation["violatingConstructs"]
    ]
    assert not left, "\n".join(left)
    assert {report["conclusion"] for report in synthesis.reports} == {"success"}


def test_cfn_lint_finds_nothing(synthesis: Synthesis) -> None:
    accepted = {
        (path, rule.removeprefix(_SHARED_NAMESPACE))
        for path, rule, _reason in synthesis.recorded
        if rule.startswith(_SHARED_NAMESPACE)
    }
    home = load_environment(synthesis.environment).aws.region
    left = [
        f"{part}: {found['rule']} {found['where']}: {found['message']}"
        for part, template in synthesis.templates.items()
        for found in lint(template, EDGE_REGION if part == "Edge" else home)
        if not any((place, found["rule"]) in accepted for place in places(synthesis, found["where"]))
    ]
    assert not left, "\n".join(left)


@cache
def rules() -> Any:
    """Loaded once: reading the rules takes longer than most templates."""
    return get_rules([], _IGNORED, [])


def lint(template: dict[str, Any], region: str) -> list[dict[str, Any]]:
    """What cfn-lint finds in `template` for `region`."""
    return [describe(match) for match in cfn_lint(json.dumps(template), rules(), [region])]


def describe(match: Match) -> dict[str, Any]:
    return {"rule": match.rule.id, "where": list(match.path or []), "message": match.message}


def places(synthesis: Synthesis, where: list[str | int]) -> list[str]:
    """The construct path of the resource at `where`, and those of the constructs around it."""
    if len(where) < 2 or where[0] != "Resources":
        return []
    path = synthesis.construct_paths.get(str(where[1]), "").split("/")
    return ["/".join(path[:end]) for end in range(len(path), 0, -1)]


@pytest.mark.parametrize("rule", ["E3012", "E3002"])
def test_cfn_lint_is_awake(rule: str) -> None:
    """The same call finds what is wrong: a number for a flag, a property that does not exist."""
    properties = {"E3012": {"VersioningConfiguration": 1}, "E3002": {"Nothing": 1}}[rule]
    template = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}}}
    assert rule in {found["rule"] for found in lint(template, "eu-central-1")}


def test_cdk_preflight_is_awake(tmp_path: Path) -> None:
    """What AWS refuses and no schema says: a filter pattern that is opened and not closed."""
    app = cdk.App(context={**CONTEXT, **REPORT_ONLY}, analytics_reporting=False, outdir=str(tmp_path))
    stack = cdk.Stack(app, "Acinaces-demo-Data")
    logs.CfnMetricFilter(
        stack,
        "Filter",
        filter_pattern="[time, level",
        log_group_name="demo",
        metric_transformations=[
            logs.CfnMetricFilter.MetricTransformationProperty(
                metric_name="Demo", metric_namespace="Demo", metric_value="1"
            )
        ],
    )
    add_compliance_checks(app)
    app.synth()
    reports = json.loads((tmp_path / "validation-report.json").read_text(encoding="utf-8"))["pluginReports"]
    found = {violation["ruleName"] for report in reports for violation in report["violations"]}
    assert "pf-logs-filter-pattern-bracket" in found
    assert {report["conclusion"] for report in reports if report["pluginName"] == "cdk-preflight"} == {"failure"}
