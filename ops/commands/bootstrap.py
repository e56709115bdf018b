"""`acinaces bootstrap`."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.commands.common import DryRunOption, EnvOption, YesOption, confirm, environment_of, stderr, tell_next


def bootstrap(
    env: EnvOption,
    pipeline: Annotated[
        bool, typer.Option("--pipeline", help="Prepare the account of the environment's pipeline instead.")
    ] = False,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
) -> None:
    """Prepare an environment's account: policies, boundary, roles, then CDK's bootstrap in every region. Once."""
    from ops.bootstrap.account import account_of, bootstrap_command, pipeline_account_of, prepare
    from ops.embedded import use_embedded_cloud

    environment = environment_of(env)
    use_embedded_cloud(environment)
    account = pipeline_account_of(environment) if pipeline else account_of(environment)
    console = stderr()
    regions = " and ".join(account.regions)
    option = " --pipeline" if pipeline else ""
    if dry_run:
        made = ", ".join(account.template["Resources"])
        console.print(
            f"Would prepare account {account.number} in {regions}: {made}; then", markup=False, soft_wrap=True
        )
        console.print("  " + " ".join(bootstrap_command(account)), markup=False, soft_wrap=True)
        tell_next(f"acinaces bootstrap --env {environment.name}{option}")
        return
    confirm(environment, f"prepare account {account.number} for CDK ({regions})", yes=yes)
    prepare(environment, account)
    console.print(f"Account {account.number} is prepared in {regions}.", markup=False, soft_wrap=True)
    tell_next(
        f"cdk deploy --all -c pipeline=main, signed in to account {account.number}"
        if pipeline
        else f"acinaces doctor --env {environment.name}"
    )
