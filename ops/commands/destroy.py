"""`acinaces destroy` and `acinaces protect`: the two steps of taking an environment down."""

from __future__ import annotations

import json
from dataclasses import fields
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

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
from ops.errors import ExitCode, OperatorError

if TYPE_CHECKING:
    from environments import Environment
    from ops.removal.leftover import Leftover
    from ops.removal.work import Plan
    from ops.surroundings import Surroundings


class Protection(StrEnum):
    """Whether an environment refuses to be removed."""

    ON = "on"
    OFF = "off"


def destroy(
    env: EnvOption,
    with_state: Annotated[
        bool,
        typer.Option("--with-state", help="Delete data, credentials, keys, backups, logs and the network, too."),
    ] = False,
    as_json: JsonOption = False,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
) -> None:
    """Remove an environment: Operations, Release and Edge; with --with-state also Secrets, Data and Network.

    Asks for the environment's name. What protects it is lifted by a step of its own, `acinaces protect`. Says what
    is left in the account, with the command that removes each. Exit code 6: some of it could not be removed.
    """
    from ops.embedded import use_embedded_cloud
    from ops.lock import locked
    from ops.removal.leftovers import leftovers
    from ops.removal.work import plan_removal, remove
    from ops.surroundings import Surroundings

    environment = environment_of(env)
    _refuse_yes(environment, yes=yes, command="destroy")
    use_embedded_cloud(environment)
    around, console = Surroundings(environment), stderr()

    def say(line: str) -> None:
        console.print(line, markup=False, soft_wrap=True)

    by = around.caller()
    plan = plan_removal(around, with_state=with_state)
    _show(around, plan, say)
    if dry_run:
        _print(environment, as_json, {"removed": [], "would_remove": [stack.name for stack in plan.stacks]}, ())
        say("Nothing is changed.")
        tell_next(_again(environment, with_state))
        return
    _refuse_protected(environment, plan)
    if not plan.stacks and not (with_state and any(item.remove for item in plan.outside)):
        say(f"There is nothing to remove of {environment.name}.")
        _print(environment, as_json, {"removed": [], "problems": []}, plan.outside)
        return
    what = "remove it with ALL OF ITS STATE" if with_state else "remove it, and keep its state"
    confirm(environment, what, yes=yes, typed=True)
    with locked(around, "destroy", by=by):
        # What was shown may have changed while somebody thought about it.
        done = remove(around, plan_removal(around, with_state=with_state), by=by, say=say)
    left = leftovers(around)
    _print(environment, as_json, {"removed": [*done.stacks, *done.outside], "problems": done.problems}, left)
    if done.problems:
        raise OperatorError(
            f"{len(done.problems)} things of {environment.name} could not be removed: {'; '.join(done.problems[:3])}",
            error="removal-incomplete",
            next_step=_again(environment, with_state),
            code=ExitCode.PARTIAL,
        )
    say(f"{environment.name} is removed{'' if with_state else '; its state is kept'}.")
    tell_next("make local" if environment.gate.allow_loopback else f"make deploy ENV={environment.name}")


def protect(
    env: EnvOption,
    state: Annotated[Protection, typer.Argument(help="`off` lets `acinaces destroy` remove it.")],
    as_json: JsonOption = False,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
) -> None:
    """Switch what refuses the removal of stacks (termination protection) and of tables (deletion protection).

    Where the environment's file has protected = true, a function of the environment switches it on once the stacks
    stand, and keeps it on until it is switched off here.
    """
    from ops.aws import explained
    from ops.embedded import use_embedded_cloud
    from ops.lock import locked
    from ops.removal.protection import set_protection
    from ops.surroundings import Surroundings

    environment, on = environment_of(env), state is Protection.ON
    if not on:
        _refuse_yes(environment, yes=yes, command="protect")
    use_embedded_cloud(environment)
    around = Surroundings(environment)
    by = around.caller()
    if not on and not dry_run:
        confirm(environment, "let its stacks and tables be deleted", yes=yes, typed=True)
    with explained(environment, "switching protection"), locked(around, f"protect {state}", by=by):
        changed = set_protection(around, on=on, dry_run=dry_run)
    if as_json:
        typer.echo(json.dumps({"environment": environment.name, "protection": state, "changed": changed}, indent=2))
    else:
        for name in changed:
            typer.echo(name)
    would = "would be " if dry_run else ""
    stderr().print(f"Protection {would}{state} for {len(changed)} stacks and tables.", markup=False)
    name = environment.name
    tell_next(f"acinaces doctor --env {name}" if on else f"acinaces destroy --env {name} --dry-run")


def _refuse_yes(environment: Environment, *, yes: bool, command: str) -> None:
    if yes and environment.production_checks:
        raise OperatorError(
            f"--yes is refused: {environment.name} has production's checks, and a person types its name",
            error="confirmation-needed",
            next_step=f"acinaces {command} --env {environment.name}, at a terminal and without --yes",
            code=ExitCode.USAGE,
        )


def _refuse_protected(environment: Environment, plan: Plan) -> None:
    if plan.protected:
        raise OperatorError(
            f"{environment.name} is protected, and nothing was removed: {', '.join(plan.protected)}",
            error="still-protected",
            next_step=f"acinaces protect --env {environment.name} off",
            code=ExitCode.PRECONDITION,
        )


def _again(environment: Environment, with_state: bool) -> str:
    return f"acinaces destroy --env {environment.name}{' --with-state' if with_state else ''}"


def _show(around: Surroundings, plan: Plan, say: Any) -> None:
    """What will go and what stays, before it is asked about."""
    from ops.removal.work import contents, state_of

    for number, stack in enumerate(plan.stacks, start=1):
        found = contents(around, stack)
        say(f"{number}. {stack.name} ({stack.region}): {found.gone} resources are deleted")
        if plan.with_state:
            for name in found.state:
                say(f"   deleted with its content: {name}")
        elif found.kept:
            say(f"   outside of it stay: {found.kept} resources (log groups, buckets, versions)")
    for stack in plan.kept:
        say(f"kept: {stack.name} and all that it holds (--with-state removes it)")
    items = [item for item in plan.outside if item.remove] if plan.with_state else state_of(plan.outside)
    for item in items:
        say(f"{'deleted' if plan.with_state else 'kept'}: {item.kind} {item.name} ({item.note})")


def _print(
    environment: Environment, as_json: bool, what: dict[str, Any], left: tuple[Leftover, ...] | list[Any]
) -> None:
    """What is left is data: on standard output."""
    from ops.removal.leftover import Leftover

    if as_json:
        # Not `asdict`, which copies: what removes a thing holds a client of AWS, and that cannot be copied.
        names = [field.name for field in fields(Leftover) if field.name != "remove"]
        rows = [{name: getattr(item, name) for name in names} for item in left]
        typer.echo(json.dumps({"environment": environment.name, **what, "left": rows}, indent=2))
        return
    if left:
        typer.echo(f"Left in the account ({len(left)}):")
    for item in left:
        typer.echo(f"{item.kind} {item.name}{f' ({item.note})' if item.note else ''}\n  {item.command}")
