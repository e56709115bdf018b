"""`acinaces emergency-stop` and `acinaces resume`."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    from environments import Environment
    from ops.surroundings import Surroundings


def emergency_stop(
    env: EnvOption,
    reason: Annotated[str, typer.Option("--reason", help="Why; people are told it.", show_default=False)],
    no_rollback: Annotated[
        bool, typer.Option("--no-rollback", help="Refuse orders and tell people, and roll nothing back.")
    ] = False,
    as_json: JsonOption = False,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
) -> None:
    """Refuse all orders within seconds, tell people, start the rollback.

    The rollback runs in AWS. `acinaces resume` takes orders again.
    """
    from ops import emergency

    environment, around = _around(env)
    console = stderr()
    what = f"refuse all orders, tell the critical topic{'' if no_rollback else ', start the rollback'}"
    if dry_run:
        console.print(f"Would {what} in {environment.name}: {reason}", markup=False, soft_wrap=True)
        tell_next(f"acinaces emergency-stop --env {environment.name} --reason {shlex.quote(reason)}")
        return
    confirm(environment, f"{what} ({reason})", yes=yes)
    stopped = emergency.pull(around, reason=reason, by=around.caller(), rollback=not no_rollback)
    console.print(
        f"{environment.name}: orders are refused within {emergency.REFUSED_WITHIN_S} s, and people are told.",
        markup=False,
        soft_wrap=True,
    )
    if stopped.execution:
        console.print(f"The rollback is started: {stopped.execution}", markup=False, soft_wrap=True)
    if as_json:
        document = {"environment": environment.name, "stopped": stopped.at, "rollback": stopped.execution or None}
        typer.echo(json.dumps(document, indent=2))
    tell_next(f"acinaces rollback release --env {environment.name} --dry-run shows what serves")


def resume(env: EnvOption, yes: YesOption = False, dry_run: DryRunOption = False) -> None:
    """Take orders again after an emergency stop; what was rolled back stays so."""
    from ops import emergency

    environment, around = _around(env)
    console, why = stderr(), emergency.why_stopped(around)
    if not why:
        console.print(f"{environment.name}: orders are taken already.", markup=False)
    elif dry_run:
        console.print(f"Would take orders again in {environment.name}; stopped: {why}", markup=False, soft_wrap=True)
    else:
        confirm(environment, f"take orders again (stopped: {why})", yes=yes)
        emergency.resume(around, by=around.caller())
        console.print(f"{environment.name}: orders are taken again.", markup=False)
    tell_next(f"acinaces {'resume' if why and dry_run else 'validate'} --env {environment.name}")


def _around(name: str) -> tuple[Environment, Surroundings]:
    from ops.embedded import use_embedded_cloud
    from ops.surroundings import Surroundings

    environment = environment_of(name)
    use_embedded_cloud(environment)
    return environment, Surroundings(environment)
