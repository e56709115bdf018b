"""`acinaces deploy`."""

from __future__ import annotations

import json
import os
from typing import Annotated

import typer

from ops.commands.common import (
    DryRunOption,
    EnvOption,
    JsonOption,
    YesOption,
    confirm,
    environment_of,
    stderr,
    tell_next,
)
from ops.errors import OperatorError


def deploy(
    context: typer.Context,
    env: EnvOption,
    clear_hold: Annotated[
        bool, typer.Option("--clear-hold", help="Release although a rollback has put the environment on hold.")
    ] = False,
    as_json: JsonOption = False,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    note: Annotated[str, typer.Option(help="For the journal: a ticket, an agreement, a known risk.")] = "",
) -> None:
    """Look first (doctor), test, deploy all stacks with the gate, write the manifest.

    Further options go to cdk. SKIP_TESTS=1 leaves the tests out, except for production. Production asks for its name.
    """
    from ops.commands.settle import put_back_again, settle_now
    from ops.deploy import ROOT, cdk_deploy, cdk_diff, refuse_gate_breaking, run_tests
    from ops.doctor import before_deployment
    from ops.embedded import use_embedded_cloud
    from ops.holds import lifted, refuse_on_hold
    from ops.lock import locked
    from ops.manifest import write_manifest
    from ops.phases import Phases
    from ops.releases.evidence import Evidence
    from ops.surroundings import Surroundings
    from ops.version import commit

    environment = environment_of(env)
    use_embedded_cloud(environment)
    refuse_gate_breaking(environment, context.args)
    console, around = stderr(), Surroundings(environment)
    what = f"{commit() or 'this folder'} to account {environment.aws.account}, {environment.aws.region}"
    if dry_run:
        console.print(f"Would release {what}. Nothing is changed.", markup=False, soft_wrap=True)
        before_deployment(environment, console)
        cdk_diff(environment, context.args)
        tell_next(f"acinaces deploy --env {environment.name}")
        return
    if not clear_hold:
        refuse_on_hold(around)
    # Elsewhere than in production the command itself says enough; cdk still asks before permissions grow.
    if environment.production_checks:
        confirm(environment, f"release {what}", yes=yes)
        how = "--yes" if yes else "typed the environment's name"
    else:
        how = "--yes" if yes else "not asked"
        console.print(f"Releasing {what} ({environment.name}).", markup=False, soft_wrap=True)
    arguments = [*context.args, *(["--require-approval", "never"] if yes else [])]
    by = around.caller()
    evidence = Evidence(environment=environment, by=by, how=how, note=note)
    with locked(around, "deploy", by=by), lifted(around, console), Phases(console) as phases:
        with phases.phase("preparation") as phase:
            phase.note = before_deployment(environment, console)
        with phases.phase("testing") as phase:
            evidence.tests_passed = run_tests(environment, os.environ)
            if not evidence.tests_passed:
                phase.note = "left out: SKIP_TESTS is set"
        with (
            phases.phase("deployment and validation"),
            evidence.kept(lambda: phases.finished, lambda text: console.print(text, markup=False, soft_wrap=True)),
        ):
            try:
                cdk_deploy(environment, arguments)
            except OperatorError:
                put_back_again(environment, around, by=by)
                raise
        with phases.phase("settling") as phase:
            settled = settle_now(environment, around, by=by)
            phase.note = settled.outcome if settled else "no rollback before it"
        with phases.phase("documentation") as phase:
            manifest, _ = write_manifest(environment, ROOT / "manifests")
            phase.note = f"manifest: {manifest}"
    if as_json:
        steps = [
            {"name": step.name, "state": step.state, "seconds": round(step.seconds, 1)} for step in phases.finished
        ]
        typer.echo(json.dumps({"environment": environment.name, "manifest": str(manifest), "phases": steps}, indent=2))
    console.print(f"Released to {environment.name}.", markup=False)
    tell_next(f"acinaces validate --env {environment.name}")
    if settled is not None:
        raise SystemExit(int(settled.code))
