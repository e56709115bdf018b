"""`acinaces deploy`."""

from __future__ import annotations

import os

import typer

from ops.commands.common import EnvOption, environment_of, stderr


def deploy(context: typer.Context, env: EnvOption) -> None:
    """Look first (doctor), test, deploy all stacks with the gate, write the manifest. Further options go to cdk."""
    from ops.deploy import ROOT, cdk_deploy, refuse_gate_breaking, run_tests
    from ops.doctor import before_deployment
    from ops.manifest import write_manifest
    from ops.phases import Phases

    environment = environment_of(env)
    refuse_gate_breaking(environment, context.args)
    console = stderr()
    with Phases(console) as phases:
        with phases.phase("preparation") as phase:
            phase.note = before_deployment(environment, console)
        with phases.phase("testing") as phase:
            if not run_tests(environment, os.environ):
                phase.note = "left out: SKIP_TESTS is set"
        with phases.phase("deployment and validation"):
            cdk_deploy(environment, context.args)
        with phases.phase("documentation") as phase:
            phase.note = f"manifest: {write_manifest(environment, ROOT / 'manifests')}"
    console.print(f"Released to {environment.name}.", markup=False)
