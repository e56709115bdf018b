"""`acinaces recover`."""

from __future__ import annotations

import json
from dataclasses import asdict
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

recover = typer.Typer(no_args_is_help=True, help="After a disaster: make again what was lost.")


@recover.callback()
def _root() -> None:
    """After a disaster: make again what was lost."""


@recover.command()
def application(
    env: EnvOption,
    release: Annotated[
        str,
        typer.Option(
            "--release",
            metavar="RELEASE",
            help="Release, attempt or commit; `live` is what served.",
            show_default=False,
        ),
    ],
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make functions, API and site again, as a release was, when their stack is gone.

    From the journal and from what was kept of the release: no source, no build. Data and secrets are not touched. The
    release's gate judges the result. Exit code 6: the application is there, and what watches it is not.
    """
    from ops.embedded import use_embedded_cloud
    from ops.errors import ExitCode
    from ops.holds import refuse_on_hold
    from ops.lock import locked
    from ops.recovery import application as work
    from ops.surroundings import Surroundings

    environment = environment_of(env)
    use_embedded_cloud(environment)
    console, around = stderr(), Surroundings(environment)
    refuse_on_hold(around)
    chosen = work.plan(environment, release)
    record = chosen.record
    what = f"make release {record.release_id[:8]} (commit {record.commit[:7]} of {record.author}) again"
    made = [kept.stack.name for kept in (chosen.release, chosen.operations) if kept]
    console.print(
        f"To be made: {', '.join(made)}, from {chosen.files} files, all there. "
        f"To be removed before: {', '.join(chosen.removed) or 'nothing'}.",
        markup=False,
        soft_wrap=True,
    )
    if dry_run:
        console.print(f"Would {what}. Nothing is changed.", markup=False, soft_wrap=True)
        tell_next(f"acinaces recover application --env {environment.name} --release {record.release_id[:8]}")
        return
    confirm(environment, what, yes=yes)
    with locked(around, "recover application", by=around.caller()):
        done = work.recover(environment, chosen, lambda line: console.print(line, markup=False, soft_wrap=True))
    if as_json:
        typer.echo(json.dumps(asdict(done), indent=2))
    else:
        typer.echo(f"Recovered: release {done.release_id}, gate {done.verdict}; Operations {done.operations}.")
    if done.problem:
        console.print(f"Operations was not made: {done.problem}", markup=False, soft_wrap=True)
        tell_next(f"acinaces deploy --env {environment.name}")
        raise SystemExit(int(ExitCode.PARTIAL))
    tell_next(f"acinaces validate --env {environment.name}")
