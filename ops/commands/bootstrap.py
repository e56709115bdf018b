"""`acinaces bootstrap`."""

from __future__ import annotations

from ops.commands.common import DryRunOption, EnvOption, YesOption, confirm, environment_of, stderr, tell_next


def bootstrap(env: EnvOption, yes: YesOption = False, dry_run: DryRunOption = False) -> None:
    """Prepare an environment's account for CDK, in every region that has stacks. Once."""
    from ops.deploy import bootstrap_command, cdk_bootstrap
    from ops.embedded import use_embedded_cloud

    environment = environment_of(env)
    use_embedded_cloud(environment)
    console = stderr()
    regions = " and ".join(environment.regions)
    if dry_run:
        console.print(f"Would prepare account {environment.aws.account} in {regions}:", markup=False, soft_wrap=True)
        console.print("  " + " ".join(bootstrap_command(environment)), markup=False, soft_wrap=True)
        tell_next(f"acinaces bootstrap --env {environment.name}")
        return
    confirm(environment, f"prepare account {environment.aws.account} for CDK ({regions})", yes=yes)
    cdk_bootstrap(environment)
    console.print(f"Account {environment.aws.account} is prepared in {regions}.", markup=False, soft_wrap=True)
    tell_next(f"acinaces doctor --env {environment.name}")
