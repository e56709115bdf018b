"""The CDK application: `cdk deploy -c env=NAME` builds what is missing and synthesises that environment's stacks."""

from __future__ import annotations

import sys
from pathlib import Path

import stacks  # noqa: F401 - first, because it chooses the Node that runs CDK

# isort: split
import aws_cdk as cdk

from environments import EnvironmentFileError, load_environment
from environments.loader import DIRECTORY, EXIT_USAGE
from frontend_deploy import SiteBuildError
from lambda_build import HandlerDefinitionError, LayerBuildError
from lambda_src.verification.plan import PlanError
from stacks.acknowledgements import add_compliance_checks
from stacks.artifacts import build_artifacts
from stacks.platform import Platform

ROOT = Path(__file__).resolve().parent
EXIT_COULD_NOT_RUN = 3


def main() -> int:
    """Reads the environment once and hands it down. Returns the exit code; a mistake is one line on stderr."""
    app = cdk.App()
    directory = app.node.try_get_context("environments")
    try:
        environment = load_environment(app.node.try_get_context("env"), Path(directory) if directory else DIRECTORY)
        artifacts = build_artifacts(ROOT, environment)
        force_gate = app.node.try_get_context("gate.force")
        Platform(app, environment=environment, artifacts=artifacts, force_gate=force_gate)
    except (EnvironmentFileError, HandlerDefinitionError, PlanError) as error:
        sys.stderr.write(f"acinaces: {error}\n")
        return EXIT_USAGE
    except (LayerBuildError, SiteBuildError) as error:
        sys.stderr.write(f"acinaces: {error}\n")
        return EXIT_COULD_NOT_RUN
    add_compliance_checks(app)
    app.synth()
    return 0


if __name__ == "__main__":
    sys.exit(main())
