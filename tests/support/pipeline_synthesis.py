"""Both pipelines synthesised from sources alone, over the same assemblies of their environments."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import stacks  # noqa: F401 - first, because it chooses the Node that runs CDK

# isort: split
import aws_cdk as cdk

from delivery import delivery_plan
from stacks.compliance import add_compliance_checks
from stacks.pipeline_app import add_pipeline_stack, environment_assemblies
from tests.support.synthesis import CONTEXT, REPORT_ONLY, stand_in_artifacts

PIPELINES = ("main", "hotfix")


@dataclass(frozen=True)
class PipelineSynthesis:
    """The cloud assembly of both pipelines on disk; the environments' are folders in it."""

    directory: Path

    def template(self, stack: str) -> dict[str, Any]:
        """The template of a stack of the pipelines' own."""
        found: dict[str, Any] = self._json(f"{stack}.template.json")
        return found

    def stages(self, pipeline: str) -> dict[str, list[dict[str, Any]]]:
        """The actions of each stage of CodePipeline, by name and in order."""
        (found,) = self.of_type(f"Acinaces-{pipeline}-Pipeline", "AWS::CodePipeline::Pipeline")
        return {stage["Name"]: stage["Actions"] for stage in found["Stages"]}

    def of_type(self, stack: str, kind: str) -> list[dict[str, Any]]:
        """The properties of the resources of one type."""
        resources = self.template(stack)["Resources"].values()
        return [resource.get("Properties", {}) for resource in resources if resource["Type"] == kind]

    @cached_property
    def reports(self) -> list[dict[str, Any]]:
        """What each validation plugin found."""
        reports: list[dict[str, Any]] = self._json("validation-report.json")["pluginReports"]
        return reports

    def _json(self, name: str) -> Any:
        return json.loads((self.directory / name).read_text(encoding="utf-8"))


def synthesise_pipelines(directory: Path) -> PipelineSynthesis:
    """Writes all into `directory`. The environments' own findings are other tests'."""
    output = directory / "pipelines"
    context = {**CONTEXT, **REPORT_ONLY}
    app = cdk.App(context=context, analytics_reporting=False, outdir=str(output))
    plans = {name: delivery_plan(name) for name in PIPELINES}
    assemblies = environment_assemblies(
        app,
        plans["main"],
        artifacts_of=lambda environment: stand_in_artifacts(
            environment.name, directory / "artifacts" / environment.name
        ),
        context=context,
    )
    for plan in plans.values():
        add_pipeline_stack(app, plan, assemblies)
    add_compliance_checks(app)
    app.synth()
    return PipelineSynthesis(output)
