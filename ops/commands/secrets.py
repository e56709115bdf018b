"""`acinaces secrets`: credentials of exchanges and AI providers, and what the platform generates for itself."""

from __future__ import annotations

import json
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
    stdout,
    tell_next,
)

secrets = typer.Typer(no_args_is_help=True)

FromOption = Annotated[
    str | None,
    typer.Option("--from", metavar="FILE", help="Read JSON or dotenv from FILE, or from standard input (-)."),
]
OnlyOption = Annotated[
    list[str] | None, typer.Option("--only", metavar="NAME", help="Only this secret; may be repeated.")
]


@secrets.command()
def populate(
    env: EnvOption,
    source: FromOption = None,
    only: OnlyOption = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace values that are there already.")] = False,
    any_format: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Do not look at the provider's format of this secret; may be repeated."),
    ] = None,
    as_json: JsonOption = False,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
) -> None:
    """Enter credentials: asked for one by one and hidden, or from a file; checked, then stored.

    Values that are there already are kept. Exit code 6: some could not be stored, each is named.
    """
    from ops.embedded import use_embedded_cloud
    from ops.secrets import entering, outcome
    from ops.secrets.populate import apply, plan
    from ops.secrets.screen import plan_document, show_plan

    environment = environment_of(env)
    console, wanted = stderr(), entering.wanted(only, any_format)
    use_embedded_cloud(environment)
    store = entering.open_store(environment, console)
    entered = entering.enter(store, wanted, source, console, overwrite=overwrite, any_format=any_format or ())
    steps = plan(entered, store, overwrite=overwrite)
    entering.require_deployed(environment, [step.state for step in steps])
    again = entering.command(env, source, only, any_format, overwrite=overwrite)
    if as_json and dry_run:
        typer.echo(json.dumps({"environment": env, "steps": plan_document(steps)}, indent=2))
    else:
        show_plan(steps, console if as_json else stdout())
    writing = [step.name for step in steps if step.writes]
    if dry_run:
        console.print("Nothing is changed.")
        tell_next(again)
        return
    if writing:
        confirm(environment, f"store {', '.join(writing)}", yes=yes)
    result = apply(steps, store, on_stored=lambda step: console.print(f"✓ {step.name} stored", markup=False))
    failure = outcome.failure(result, again=again)
    if as_json and failure is None:
        typer.echo(json.dumps({"environment": env, "stored": result.stored, "steps": plan_document(steps)}, indent=2))
    if failure is not None:
        raise failure
    console.print(f"{len(result.stored)} stored, {len(steps) - len(result.stored)} as they were.")
    tell_next(f"acinaces secrets {'verify' if result.stored else 'status'} --env {env}")


@secrets.command()
def template(
    dotenv: Annotated[bool, typer.Option("--dotenv", help="As dotenv instead of JSON.")] = False,
) -> None:
    """Print every secret's fields without values, to be filled in and given to populate --from."""
    from ops.secrets.reading import template as text

    typer.echo(text(dotenv=dotenv), nl=False)
