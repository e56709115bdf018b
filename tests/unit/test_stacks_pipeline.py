"""The pipelines as CodePipeline gets them (issue 5, M21, M31, M34)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from delivery import delivery_plan
from delivery.installation import cdk_version
from environments import load_environment
from tests.support.pipeline_synthesis import PIPELINES, PipelineSynthesis
from tests.support.synthesis import Synthesis

PARTS = {"Network", "Data", "Secrets", "Edge", "Release", "Operations"}
_ASSET = re.compile(r"[0-9a-f]{64}\.zip")


def names(actions: list[dict[str, Any]]) -> dict[str, int]:
    """The run order of each action."""
    return {action["Name"]: action["RunOrder"] for action in actions}


def test_from_source_to_production_in_order(pipelines: PipelineSynthesis) -> None:
    own = ["Source", "Build", "UpdatePipeline", "Assets", "tests"]
    assert list(pipelines.stages("main")) == [*own, "dev", "test", "staging", "production"]
    assert list(pipelines.stages("hotfix")) == [*own, "staging", "production"]


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_executions_queue_and_the_pipeline_updates_itself(pipelines: PipelineSynthesis, pipeline: str) -> None:
    (found,) = pipelines.of_type(f"Acinaces-{pipeline}-Pipeline", "AWS::CodePipeline::Pipeline")
    assert (found["PipelineType"], found["ExecutionMode"]) == ("V2", "QUEUED")
    (source,) = pipelines.stages(pipeline)["Source"]
    configuration = source["Configuration"]
    assert configuration["BranchName"] == {"main": "main", "hotfix": "hotfix"}[pipeline]
    assert configuration["OutputArtifactFormat"] == "CODEBUILD_CLONE_REF", "the commit is read from git"
    assert f"aws-cdk@{cdk_version()}" in spec(pipelines, pipeline, "UpdatePipeline")


def spec(pipelines: PipelineSynthesis, pipeline: str, part: str) -> str:
    """The build specification of the project whose logical id contains `part`."""
    resources = pipelines.template(f"Acinaces-{pipeline}-Pipeline")["Resources"]
    (found,) = [r for name, r in resources.items() if r["Type"] == "AWS::CodeBuild::Project" and part in name]
    return json.dumps(found["Properties"]["Source"]["BuildSpec"])


def project(pipelines: PipelineSynthesis, name: str) -> dict[str, Any]:
    (found,) = [
        p for p in pipelines.of_type("Acinaces-main-Pipeline", "AWS::CodeBuild::Project") if p.get("Name") == name
    ]
    return found


def test_the_matrix_runs_before_anything_is_deployed(pipelines: PipelineSynthesis) -> None:
    for pipeline in PIPELINES:
        ran = names(pipelines.stages(pipeline)["tests"])
        assert ran.keys() == {"unit", "integration", "security", "trading-safety", "performance", "end-to-end"}


def test_every_step_runs_what_the_definition_says(pipelines: PipelineSynthesis) -> None:
    """The same commands as on a laptop: by the step's name, from the locked packages."""
    for step in delivery_plan("main").steps[1:]:
        build = project(pipelines, f"acinaces-main-{step.name}")["Source"]["BuildSpec"]
        commands = json.loads(build)["phases"]
        assert f"python -m delivery run {step.name} --pipeline main" in commands["build"]["commands"]
        assert any("--require-hashes" in command for command in commands["install"]["commands"])
    synth = json.loads(project(pipelines, "acinaces-main-synth")["Source"]["BuildSpec"])["phases"]
    digest = 'export ASSEMBLY_DIGEST="$(python -m delivery digest)"'
    assert synth["build"]["commands"] == ["cdk synth --quiet -c pipeline=main", digest]
    assert any("--require-hashes -r requirements.txt" in command for command in synth["install"]["commands"])


def test_around_each_deployment(pipelines: PipelineSynthesis) -> None:
    """Preflight, changes and promotion before; validation after, in addition to the gate in the Release stack."""
    for environment, actions in list(pipelines.stages("main").items())[5:]:
        order = names(actions)
        deployments = {name: at for name, at in order.items() if name.startswith("Acinaces-")}
        assert {name.split(".")[0] for name in deployments} == {f"Acinaces-{environment}-{part}" for part in PARTS}
        first, last = min(deployments.values()), max(deployments.values())
        before = {f"{environment}-preflight", f"{environment}-changes"}
        if environment in ("staging", "production"):
            before.add(f"{environment}-promotion")
        assert before <= {name for name, at in order.items() if at < first}
        assert order[f"{environment}-validation"] > last
        assert ("Acinaces-production-Release.Deploy" in order) is (environment == "production")
        assert order[f"Acinaces-{environment}-Release.Deploy"] > order[f"Acinaces-{environment}-Data.Deploy"]


def test_a_person_approves_production_and_sees_what_was_found(pipelines: PipelineSynthesis) -> None:
    for pipeline in PIPELINES:
        stages = pipelines.stages(pipeline)
        asked = {
            name for name, actions in stages.items() for a in actions if a["ActionTypeId"]["Category"] == "Approval"
        }
        assert asked == {"production"}
        (approval,) = [a for a in stages["production"] if a["ActionTypeId"]["Category"] == "Approval"]
        order = names(stages["production"])
        deployments = [at for name, at in order.items() if name.startswith("Acinaces-")]
        before = [at for name, at in order.items() if name.endswith(("-preflight", "-promotion", "-changes"))]
        assert max(before) < approval["RunOrder"] < min(deployments)
        shown = approval["Configuration"]["CustomData"]
        for said in ("performance", "end-to-end", "production-promotion", "production-changes"):
            assert f"{said}.SUMMARY" in shown
        assert approval["Configuration"]["NotificationArn"]


def test_a_hotfix_skips_environments_and_no_check(pipelines: PipelineSynthesis) -> None:
    main, hotfix = pipelines.stages("main"), pipelines.stages("hotfix")
    assert names(main["tests"]) == names(hotfix["tests"])
    assert names(main["production"]) == names(hotfix["production"])
    assert names(main["staging"]).keys() - names(hotfix["staging"]).keys() == {"staging-promotion"}


def test_the_pipeline_deploys_what_the_command_line_would(
    pipelines: PipelineSynthesis, synthesis_of: Callable[[str], Synthesis]
) -> None:
    """To the byte: else one would replace the resources of the other."""
    for name in ("dev", "production"):
        alone = synthesis_of(name).directory
        for part in PARTS:
            file = f"Acinaces-{name}-{part}.template.json"
            assert (pipelines.directory / name / file).read_bytes() == (alone / file).read_bytes(), file


def test_production_gets_the_artefacts_of_staging(pipelines: PipelineSynthesis) -> None:
    """One synthesis, and every file but the site's configuration is the same file."""
    files = {name: set(_ASSET.findall(release(pipelines, name))) for name in ("staging", "production")}
    assert len(files["production"]) > 10
    assert len(files["production"] - files["staging"]) <= 1, "config.json alone differs"
    for action in (a for stage in ("staging", "production") for a in pipelines.stages("main")[stage]):
        path = action["Configuration"].get("TemplatePath", "Synth_Output::")
        assert path.startswith("Synth_Output::"), "every template comes from the one synthesis"


def release(pipelines: PipelineSynthesis, environment: str) -> str:
    path = pipelines.directory / environment / f"Acinaces-{environment}-Release.template.json"
    return path.read_text(encoding="utf-8")


def test_each_environment_is_entered_by_roles_of_its_own_account(pipelines: PipelineSynthesis) -> None:
    for name in ("dev", "production"):
        account = load_environment(name).aws.account
        for action in pipelines.stages("main")[name]:
            if action["Name"].startswith("Acinaces-"):
                assert f"::{account}:role/cdk-" in json.dumps(action["RoleArn"])


def test_a_build_can_take_one_role_at_most(pipelines: PipelineSynthesis) -> None:
    """What a test brings along can take none."""
    for policy in pipelines.of_type("Acinaces-main-Pipeline", "AWS::IAM::Policy"):
        name = policy["PolicyName"]
        taken = [s["Resource"] for s in policy["PolicyDocument"]["Statement"] if s["Action"] == "sts:AssumeRole"]
        if name.startswith("Asks"):
            assert len(taken) == 1
            assert re.fullmatch(r"arn:aws:iam::\d{12}:role/[a-z-]+-(preflight|validation)", taken[0])
        elif name.startswith("Builds"):
            assert not taken


def test_no_finding_is_left(pipelines: PipelineSynthesis) -> None:
    left = [
        f"{violation['ruleName']} at {construct['constructPath']}"
        for report in pipelines.reports
        for violation in report["violations"]
        for construct in violation["violatingConstructs"]
    ]
    assert not left, "\n".join(left)
