"""`acinaces rollback`."""

from __future__ import annotations

import json
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
from ops.commands.settle import settle, watching
from ops.errors import ExitCode, OperatorError

if TYPE_CHECKING:
    from environments import Environment
    from lambda_src.operations.releases import Chronicle, Operation
    from ops.rollback.operation import Rollback
    from ops.surroundings import Surroundings

rollback = typer.Typer(no_args_is_help=True, help="Go back to an earlier release that passed.")
rollback.command()(settle)

ToOption = Annotated[
    str | None,
    typer.Option(
        "--to",
        metavar="RELEASE",
        help="Release id, commit or attempt; the last release that passed before if absent.",
        show_default=False,
    ),
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, for the journal and the hold.")]
ResumeOption = Annotated[
    bool, typer.Option("--resume", help="Finish a rollback that was interrupted or partly failed.")
]
RevertOption = Annotated[bool, typer.Option("--revert", help="Undo the last rollback, finished or not.")]


@rollback.command()
def backend(
    env: EnvOption,
    to: ToOption = None,
    reason: ReasonOption = "",
    resume: ResumeOption = False,
    revert: RevertOption = False,
    as_json: JsonOption = False,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
) -> None:
    """Move the functions' aliases back.

    Data, schema and secrets stay as they are.
    """
    _run("backend", env, to, reason, resume, revert, as_json, yes, dry_run)


@rollback.command()
def frontend(
    env: EnvOption,
    to: ToOption = None,
    reason: ReasonOption = "",
    resume: ResumeOption = False,
    revert: RevertOption = False,
    as_json: JsonOption = False,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
) -> None:
    """Restore the site's files: hashed assets first, pages last.

    The CDN is told to forget what it has; where it refuses, that is a warning.
    """
    _run("frontend", env, to, reason, resume, revert, as_json, yes, dry_run)


@rollback.command()
def release(
    env: EnvOption,
    to: ToOption = None,
    reason: ReasonOption = "",
    resume: ResumeOption = False,
    revert: RevertOption = False,
    as_json: JsonOption = False,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
) -> None:
    """Go back with functions and site.

    Exit code 0: done and verified; 1: done, and a check fails; 5: nothing eligible, nothing changed; 6: partly done.
    """
    _run("release", env, to, reason, resume, revert, as_json, yes, dry_run)


def _run(
    scope: str,
    env: str,
    to: str | None,
    reason: str,
    resume: bool,
    revert: bool,
    as_json: bool,
    yes: bool,
    dry_run: bool,
) -> None:
    from ops.embedded import use_embedded_cloud
    from ops.rollback import screen
    from ops.rollback.diary import read_chronicle
    from ops.rollback.targets import plan as make_plan
    from ops.surroundings import Surroundings

    if sum((resume, revert, to is not None)) > 1:
        raise OperatorError(
            "--to, --resume and --revert exclude each other",
            error="wrong-usage",
            next_step=f"acinaces rollback {scope} --help",
            code=ExitCode.USAGE,
        )
    environment = environment_of(env)
    use_embedded_cloud(environment)
    around, console = Surroundings(environment), stderr()
    if not dry_run:
        _change(environment, scope, to=to, reason=reason, resume=resume, revert=revert, as_json=as_json, yes=yes)
        return
    chronicle = read_chronicle(around)
    screen.show_candidates(chronicle, scope=scope, console=console)
    plan = None
    if resume or revert:
        operation = _to_go_on_with(chronicle, environment, scope, back=revert)
        console.print(f"Would {'undo' if revert else 'finish'} {operation.id}.", markup=False, soft_wrap=True)
    else:
        plan = make_plan(around, chronicle, scope=scope, wanted=to)
        screen.show_plan(plan, console)
        console.print("Nothing is changed.", markup=False)
    if as_json:
        typer.echo(json.dumps(screen.as_json(environment.name, scope, chronicle=chronicle, plan=plan), indent=2))
    tell_next(f"acinaces rollback {scope} --env {environment.name}")


def _change(
    environment: Environment,
    scope: str,
    *,
    to: str | None,
    reason: str,
    resume: bool,
    revert: bool,
    as_json: bool,
    yes: bool,
) -> None:
    from ops.lock import locked
    from ops.rollback import screen
    from ops.rollback.diary import read_chronicle
    from ops.rollback.targets import plan as make_plan
    from ops.rollback.targets import refuse_while_deploying
    from ops.surroundings import Surroundings

    around, console = Surroundings(environment), stderr()
    by, plan = around.caller(), None
    with locked(around, f"rollback {scope}", by=by):
        refuse_while_deploying(around)
        chronicle = read_chronicle(around)
        work = _worker(environment, around, by=by)
        if resume or revert:
            operation = _to_go_on_with(chronicle, environment, scope, back=revert)
            what = f"{'undo' if revert else 'finish'} the rollback {operation.id}"
            confirm(environment, what, yes=yes)
            result = work.go_on(operation, chronicle, back=revert)
        else:
            _refuse_unfinished(chronicle, environment)
            screen.show_candidates(chronicle, scope=scope, console=console)
            plan = make_plan(around, chronicle, scope=scope, wanted=to)
            screen.show_plan(plan, console)
            confirm(environment, f"roll the {scope} back to release {plan.target.release_id[:12]}", yes=yes)
            result = work.begin(plan, chronicle, reason=reason)
    screen.show_result(result, console)
    if as_json:
        document = screen.as_json(environment.name, scope, chronicle=chronicle, plan=plan, result=result)
        typer.echo(json.dumps(document, indent=2))
    tell_next(_following(environment, scope, result.code, reverted=revert))
    raise SystemExit(int(result.code))


def _worker(environment: Environment, around: Surroundings, *, by: str) -> Rollback:
    from ops.rollback.operation import Rollback

    progress, verifier = watching(environment)
    return Rollback(around, by=by, progress=progress, verify=verifier)


def _refuse_unfinished(chronicle: Chronicle, environment: Environment) -> None:
    operation = chronicle.unfinished
    if operation is None:
        return
    command = f"acinaces rollback {operation.intent['scope']} --env {environment.name}"
    raise OperatorError(
        f"the rollback {operation.id} by {operation.by} has not ended; nothing was changed",
        error="rollback-unfinished",
        next_step=f"{command} --resume (or --revert)",
        code=ExitCode.PRECONDITION,
    )


def _to_go_on_with(chronicle: Chronicle, environment: Environment, scope: str, *, back: bool) -> Operation:
    """The rollback that is resumed or reverted; one of another scope is named instead of guessed at."""
    operation = chronicle.unfinished or (chronicle.in_force if back else None)
    if operation is None:
        raise OperatorError(
            f"{environment.name} has no rollback to {'revert' if back else 'resume'}; nothing was changed",
            error="nothing-eligible",
            next_step=f"acinaces rollback {scope} --env {environment.name} --dry-run",
            code=ExitCode.PRECONDITION,
        )
    found = str(operation.intent["scope"])
    if found != scope:
        raise OperatorError(
            f"the rollback {operation.id} is of the {found}, not of the {scope}; nothing was changed",
            error="rollback-unfinished",
            next_step=f"acinaces rollback {found} --env {environment.name} {'--revert' if back else '--resume'}",
            code=ExitCode.PRECONDITION,
        )
    return operation


def _following(environment: Environment, scope: str, code: ExitCode, *, reverted: bool) -> str:
    if code is ExitCode.PARTIAL:
        return f"acinaces rollback {scope} --env {environment.name} --resume (or --revert)"
    if code is not ExitCode.OK:
        return f"acinaces validate --env {environment.name}"
    if reverted:
        return f"acinaces doctor --env {environment.name}"
    return f"acinaces deploy --env {environment.name} --clear-hold, once what was wrong is mended"
