"""`acinaces hold`."""

from __future__ import annotations

import json
from dataclasses import asdict
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

hold = typer.Typer(no_args_is_help=True, help="Keep deployments from bringing back what was rolled back.")


@hold.command()
def show(env: EnvOption, as_json: JsonOption = False) -> None:
    """Whether deployments are on hold: why, since when, by whom."""
    from ops.holds import read_hold

    environment, around = _around(env)
    found = read_hold(around)
    if as_json:
        typer.echo(json.dumps(asdict(found) if found else None, indent=2))
    elif found is None:
        typer.echo(f"{environment.name}: no hold")
    else:
        typer.echo(f"{environment.name}: on hold since {found.at} by {found.by}: {found.reason}")
    tell_next(f"acinaces hold clear --env {environment.name}" if found else f"acinaces deploy --env {environment.name}")


@hold.command(name="set")
def set_(
    env: EnvOption,
    reason: Annotated[str, typer.Option("--reason", help="Why, for whoever wants to deploy.", show_default=False)],
    yes: YesOption = False,
    dry_run: DryRunOption = False,
) -> None:
    """Put deployments on hold, in the place of a hold that is there."""
    from ops.holds import set_hold

    environment, around = _around(env)
    if dry_run:
        stderr().print(f"Would put {environment.name} on hold: {reason}", markup=False, soft_wrap=True)
    else:
        confirm(environment, f"put deployments on hold ({reason})", yes=yes)
        set_hold(around, reason=reason, by=around.caller())
        stderr().print(f"{environment.name} is on hold: every deployment is refused.", markup=False, soft_wrap=True)
    tell_next(f"acinaces hold {'set' if dry_run else 'clear'} --env {environment.name}")


@hold.command()
def clear(env: EnvOption, yes: YesOption = False, dry_run: DryRunOption = False) -> None:
    """Let deployments go on."""
    from ops.holds import clear_hold, read_hold

    environment, around = _around(env)
    console, found = stderr(), read_hold(around)
    if found is None:
        console.print(f"{environment.name}: there is no hold; nothing was changed.", markup=False, soft_wrap=True)
    elif dry_run:
        console.print(
            f"Would clear the hold of {found.by} since {found.at}: {found.reason}", markup=False, soft_wrap=True
        )
    else:
        confirm(environment, f"clear the hold of {found.by} ({found.reason})", yes=yes)
        clear_hold(around)
        console.print(f"{environment.name}: the hold is cleared.", markup=False, soft_wrap=True)
    tell_next(f"acinaces hold clear --env {environment.name}" if dry_run and found else _deploy(environment))


def _around(name: str) -> tuple[Environment, Surroundings]:
    from ops.embedded import use_embedded_cloud
    from ops.surroundings import Surroundings

    environment = environment_of(name)
    use_embedded_cloud(environment)
    return environment, Surroundings(environment)


def _deploy(environment: Environment) -> str:
    return f"acinaces deploy --env {environment.name}"
