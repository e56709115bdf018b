"""The CDK application: `-c env=NAME` is an environment's stacks, `-c pipeline=NAME` the pipeline through several."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import stacks  # noqa: F401 - first, because it chooses the Node that runs CDK

# isort: split
import aws_cdk as cdk

from delivery import DeliveryFileError, delivery_plan
from environments import EnvironmentFileError, load_environment
from environments.loader import DIRECTORY, EXIT_USAGE
from frontend_deploy import SiteBuildError
from lambda_build import HandlerDefinitionError, LayerBuildError
from lambda_src.verification.plan import PlanError
from stacks.artifacts import build_artifacts
from stacks.compliance import add_compliance_checks
from stacks.platform import Platform

ROOT = Path(__file__).resolve().parent
EXIT_COULD_NOT_RUN = 3


def main() -> int:
    """Builds what is missing and synthesises. Returns the exit code; a mistake is one line on stderr."""
    app = cdk.App()
    pipeline = app.node.try_get_context("pipeline")
    try:
        if pipeline:
            # Here, because an environment by itself needs none of what this imports.
            from stacks.pipeline_app import add_pipeline

            plan = delivery_plan(pipeline, directory=_environments(app))
            add_pipeline(app, plan, artifacts_of=partial(build_artifacts, ROOT))
        else:
            _add_environment(app)
    except (DeliveryFileError, EnvironmentFileError, HandlerDefinitionError, PlanError) as error:
        sys.stderr.write(f"acinaces: {error}\n")
        return EXIT_USAGE
    except (LayerBuildError, SiteBuildError) as error:
        sys.stderr.write(f"acinaces: {error}\n")
        return EXIT_COULD_NOT_RUN
    app.synth()
    return 0


def _add_environment(app: cdk.App) -> None:
    environment = load_environment(app.node.try_get_context("env"), _environments(app))
    artifacts = build_artifacts(ROOT, environment)
    force_gate = app.node.try_get_context("gate.force")
    Platform(app, environment=environment, artifacts=artifacts, force_gate=force_gate)
    add_compliance_checks(app)


def _environments(app: cdk.App) -> Path:
    directory = app.node.try_get_context("environments")
    return Path(directory) if directory else DIRECTORY


if __name__ == "__main__":
    sys.exit(main())
