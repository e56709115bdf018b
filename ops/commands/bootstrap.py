"""`acinaces bootstrap`."""

from __future__ import annotations

from ops.commands.common import EnvOption, environment_of


def bootstrap(env: EnvOption) -> None:
    """Prepare an environment's account for CDK, in every region that has stacks."""
    from ops.deploy import cdk_bootstrap

    cdk_bootstrap(environment_of(env))
