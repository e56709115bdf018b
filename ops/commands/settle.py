"""`acinaces rollback settle`, which `acinaces deploy` does by itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

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
    from ops.rollback.operation import Result, Verifier
    from ops.rollback.work import Progress
    from ops.surroundings import Surroundings


def settle(env: EnvOption, as_json: JsonOption = False, yes: YesOption = False, dry_run: DryRunOption = False) -> None:
    """After a release that followed a rollback: give back what it did not touch.

    `acinaces deploy` does it by itself. Exit codes as of a rollback.
    """
    from ops.embedded import use_embedded_cloud
    from ops.lock import locked
    from ops.rollback.diary import read_chronicle
    from ops.rollback.settling import find_leftover
    from ops.rollback.targets import refuse_while_deploying
    from ops.surroundings import Surroundings

    environment = environment_of(env)
    use_embedded_cloud(environment)
    around, console = Surroundings(environment), stderr()
    if dry_run:
        leftover = find_leftover(around, read_chronicle(around))
        count = (len(leftover.moves), len(leftover.restores)) if leftover else (0, 0)
        console.print(f"Would give back {count[0]} aliases and {count[1]} files. Nothing is changed.", markup=False)
        tell_next(f"acinaces rollback settle --env {environment.name}")
        return
    by = around.caller()
    with locked(around, "rollback settle", by=by):
        refuse_while_deploying(around)
        confirm(environment, "give back what the release did not touch", yes=yes)
        result = settle_now(environment, around, by=by)
    if result is None:
        console.print(f"{environment.name}: no rollback has left anything behind.", markup=False, soft_wrap=True)
    if as_json:
        document = {
            "environment": environment.name,
            "outcome": result.outcome if result else None,
            "verdict": (result.verdict or None) if result else None,
            "moved": result.done.moved if result else 0,
            "restored": result.done.restored if result else 0,
            "problems": result.done.problems if result else [],
        }
        typer.echo(json.dumps(document, indent=2))
    code = result.code if result else ExitCode.OK
    tell_next(f"acinaces {'rollback settle' if code is ExitCode.PARTIAL else 'validate'} --env {environment.name}")
    raise SystemExit(int(code))


def settle_now(environment: Environment, around: Surroundings, *, by: str) -> Result | None:
    """Settles what a rollback left behind and shows it; None where there was nothing to do."""
    from ops.aws import explained
    from ops.rollback import screen
    from ops.rollback.diary import read_chronicle
    from ops.rollback.settling import find_leftover
    from ops.rollback.settling import settle as settle_leftover

    leftover = find_leftover(around, read_chronicle(around))
    if leftover is None:
        return None
    progress, verifier = watching(environment)
    with explained(environment, "settling what the rollback left behind"):
        result = settle_leftover(around, leftover, by=by, progress=progress, verify=verifier)
    screen.show_result(result, stderr())
    return result


def put_back_again(environment: Environment, around: Surroundings, *, by: str) -> Result | None:
    """After a deployment that failed: what CloudFormation went back to was rolled back before, so it is once more.

    None where no rollback was in force, or where nobody can tell: why the deployment failed matters more.
    """
    from ops.rollback.diary import read_chronicle
    from ops.rollback.operation import Rollback

    try:
        chronicle = read_chronicle(around)
    except OperatorError:
        return None
    operation = chronicle.in_force
    if operation is None:
        return None
    progress, verifier = watching(environment)
    return Rollback(around, by=by, progress=progress, verify=verifier).go_on(operation, chronicle, back=False)


def watching(environment: Environment) -> tuple[Progress, Verifier]:
    """Who shows the steps, and who verifies at the end."""
    from ops.rollback.screen import StepScreen
    from ops.rollback.verify import verify
    from ops.validate_screen import PlainScreen

    console = stderr()
    progress = StepScreen(console)
    return progress, lambda scope, release_id: verify(environment, scope, release_id, PlainScreen(console), progress)
