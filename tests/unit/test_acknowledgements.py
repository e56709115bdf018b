"""The registry of accepted findings: nothing blank, nothing stale, nothing beside it (DESIGN §7)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from cdk_nag import AwsSolutionsChecks

from environments import known_environments
from stacks.accepted_findings import ACCEPTED, Acknowledgement
from stacks.acknowledgements import acknowledge
from tests.support.synthesis import Synthesis

NAMESPACES = ("AwsSolutions::", "Serverless::", "CloudFormation-Validate::", "Annotation::")
BY_CDK = ("CloudFormation-Validate::F3002", "CloudFormation-Validate::F3003")
LOGS = "AwsSolutions::AwsSolutions-S1"
TLS = "AwsSolutions::AwsSolutions-S10"


def entry(
    *, rules: tuple[str, ...] = (LOGS,), paths: tuple[str, ...] = ("One/Resource",), environments: tuple[str, ...] = ()
) -> Acknowledgement:
    return Acknowledgement(
        rules=rules, stack="Data", paths=paths, reason="because", owner="us", environments=environments
    )


@pytest.mark.parametrize("accepted", ACCEPTED, ids=lambda accepted: f"{accepted.stack}-{accepted.rules[0]}")
def test_every_entry_says_what_where_why_and_who(accepted: Acknowledgement) -> None:
    assert accepted.rules
    assert accepted.paths
    for rule in accepted.rules:
        assert rule.startswith(NAMESPACES), "a bare id suppresses, and leaves no record"
    for path in accepted.paths:
        assert path.strip("*/"), "a whole stack is not the narrowest construct"
    assert len(accepted.reason.split()) >= 4
    assert accepted.owner.strip()
    # `local-*`: what the pipeline's environments are called on a laptop.
    assert set(accepted.environments) <= {*known_environments(), "local-*"}


def test_nothing_is_accepted_twice() -> None:
    pairs = [
        (accepted.stack, path, rule) for accepted in ACCEPTED for path in accepted.paths for rule in accepted.rules
    ]
    assert len(pairs) == len(set(pairs))


def test_no_entry_is_stale(synthesis_of: Callable[[str], Synthesis]) -> None:
    """Each rule of each entry takes away a finding somewhere; so does each of its paths."""
    by_rule: dict[tuple[int, str], bool] = {}
    by_path: dict[tuple[int, str], bool] = {}
    for name in known_environments():
        synthesis = synthesis_of(name)
        used = suppressed(synthesis)
        for item in synthesis.applied:
            needed = item["silenced"] or (item["acknowledged"], item["path"]) in used
            for seen, key in ((by_rule, item["rule"]), (by_path, item["pattern"])):
                seen[item["entry"], key] = seen.get((item["entry"], key), False) or needed
    for position, accepted in enumerate(ACCEPTED):
        for rule in accepted.rules:
            assert by_rule.get((position, rule)), (
                f"stale: nothing is found by {rule} at {accepted.paths} ({accepted.stack})"
            )
        for path in accepted.paths:
            assert by_path.get((position, path)), f"stale: {accepted.rules} find nothing at {accepted.stack}/{path}"


def test_nothing_is_acknowledged_beside_the_registry(synthesis: Synthesis) -> None:
    applied = {(item["path"], item["acknowledged"]) for item in synthesis.applied}
    beside = {(path, rule) for path, rule, _reason in synthesis.recorded} - applied
    # CDK's own flow log accepts two findings about what it renders itself.
    beside -= {(path, rule) for path, rule in beside if path.endswith("/Vpc/FlowLog") and rule in BY_CDK}
    assert not beside, "put it into stacks/accepted_findings.py, with reason and owner"
    assert all(reason.strip() for _path, _rule, reason in synthesis.recorded)


def suppressed(synthesis: Synthesis) -> set[tuple[str, str]]:
    """What the reports say was taken away: the id, and where it was acknowledged."""
    return {
        (violation["acknowledgedId"], violation["acknowledgedAt"])
        for report in synthesis.reports
        for violation in report.get("suppressedViolations") or ()
    }


def findings(directory: Path, accepted: list[Acknowledgement], environment: str = "demo") -> set[tuple[str, str]]:
    """Findings of AwsSolutions about two bare buckets, `One` and `Two`, that `accepted` leaves."""
    context = {"@aws-cdk/core:failSynthOnValidationErrors": False}
    app = cdk.App(context=context, analytics_reporting=False, outdir=str(directory))
    stack = cdk.Stack(app, f"Acinaces-{environment}-Data")
    for name in ("One", "Two"):
        s3.Bucket(stack, name)
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    acknowledge(app, accepted)
    app.synth()
    reports = json.loads((directory / "validation-report.json").read_text(encoding="utf-8"))["pluginReports"]
    return {
        (violation["ruleName"], construct["constructPath"].split("/")[1])
        for report in reports
        for violation in report["violations"]
        for construct in violation["violatingConstructs"]
        if report["pluginName"] == "AwsSolutions"
    }


S1, S10 = "AwsSolutions-S1", "AwsSolutions-S10"
ALL = {(S1, "One"), (S10, "One"), (S1, "Two"), (S10, "Two")}


@pytest.mark.parametrize(
    ("accepted", "left"),
    [
        ([], ALL),
        ([entry()], ALL - {(S1, "One")}),
        ([entry(paths=("*/Resource",))], ALL - {(S1, "One"), (S1, "Two")}),
        ([entry(paths=("T*/Resource",), rules=(LOGS, TLS))], ALL - {(S1, "Two"), (S10, "Two")}),
        ([entry(paths=("Three/Resource",))], ALL),
        ([entry(environments=("demo",))], ALL - {(S1, "One")}),
        ([entry(environments=("production",))], ALL),
    ],
)
def test_an_entry_holds_where_it_says_and_nowhere_else(
    tmp_path: Path, accepted: list[Acknowledgement], left: set[tuple[str, str]]
) -> None:
    assert findings(tmp_path, accepted) == left
