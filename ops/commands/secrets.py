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
from ops.errors import OperatorError

secrets = typer.Typer(no_args_is_help=True)


def complete_secret(incomplete: str) -> list[str]:
    """Names for the shell's completion."""
    from ops.secrets.catalogue import FIELDS, OWN

    return [name for name in (*FIELDS, *OWN) if name.startswith(incomplete)]


FromOption = Annotated[
    str | None,
    typer.Option("--from", metavar="FILE", help="Read JSON or dotenv from FILE, or from standard input (-)."),
]
OnlyOption = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="NAME", help="Only this secret; may be repeated.", autocompletion=complete_secret),
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

    Values that are there already are kept. Each function that reads one then proves that it has it.
    Exit code 6: some could not be stored, each is named; 1: a function does not see what was stored.
    """
    from ops.embedded import use_embedded_cloud
    from ops.secrets import entering, outcome
    from ops.secrets import verify as work
    from ops.secrets.populate import Action, apply, plan
    from ops.secrets.screen import plan_document, seen_document, show_plan, show_seen

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
    if failure is not None:
        raise failure
    console.print(f"{len(result.stored)} stored, {len(steps) - len(result.stored)} as they were.")
    # Also what an interrupted command had stored already.
    in_place = [step.name for step in steps if step.name in result.stored or step.action is Action.UNCHANGED]
    found = work.verify_released(environment, store, in_place) if in_place else None
    unseen = work.failure(environment, found) if found else None
    if found and not as_json:
        show_seen(found.seen, stdout())
    if unseen is not None:
        raise unseen
    if as_json:
        seen = seen_document(found.seen) if found else []
        document = {"environment": env, "stored": result.stored, "steps": plan_document(steps), "seen": seen}
        typer.echo(json.dumps(document, indent=2))
    if in_place:
        outcome.tell_when_certain(found, console)
    tell_next(f"acinaces secrets status --env {env}")


@secrets.command()
def status(env: EnvOption, as_json: JsonOption = False) -> None:
    """Show which secrets are populated, how old they are, when they are due, and who reads them.

    Fingerprints are the same for all who look at this environment, and say nothing about the values.
    """
    from ops.embedded import use_embedded_cloud
    from ops.secrets import entering
    from ops.secrets.consumers import consumers_of
    from ops.secrets.screen import show_status
    from ops.secrets.status import rows

    environment = environment_of(env)
    use_embedded_cloud(environment)
    store = entering.open_store(environment, stderr())
    try:
        consumers = consumers_of(environment)
    except OperatorError as error:
        # The rest is worth knowing all the same.
        stderr().print(f"Who reads them is not known: {error}", markup=False, soft_wrap=True)
        consumers = {}
    found = rows(environment, store, consumers)
    entering.require_deployed(environment, [row.state for row in found])
    if as_json:
        typer.echo(json.dumps({"environment": env, "secrets": [row.document() for row in found]}, indent=2))
    else:
        show_status(found, stdout())
    empty, overdue = [row for row in found if row.age_days is None], [row for row in found if row.overdue]
    stderr().print(f"{len(found) - len(empty)} of {len(found)} populated, {len(overdue)} overdue.", highlight=False)
    if empty:
        tell_next(f"acinaces secrets populate --env {env}")
    elif overdue:
        tell_next(f"acinaces secrets rotate {overdue[0].name} --env {env}")


@secrets.command()
def verify(env: EnvOption, only: OnlyOption = None, as_json: JsonOption = False) -> None:
    """Make each function read its secrets anew, and prove that it has what is stored.

    Exit code 1: a function does not see it; 5: nothing is released, or nothing populated.
    """
    from ops.embedded import use_embedded_cloud
    from ops.secrets import entering, outcome
    from ops.secrets import verify as work
    from ops.secrets.catalogue import FIELDS, REDIS_AUTH
    from ops.secrets.screen import seen_document, show_seen

    environment = environment_of(env)
    console, names = stderr(), [*FIELDS, REDIS_AUTH]
    entering.known(only or (), names)
    use_embedded_cloud(environment)
    store = entering.open_store(environment, console)
    found = work.verify(environment, store, [name for name in names if not only or name in only])
    failure = work.failure(environment, found)
    if as_json and failure is None:
        document = {"environment": env, "seen": seen_document(found.seen), "not_populated": found.skipped}
        typer.echo(json.dumps(document, indent=2))
    elif not as_json:
        show_seen(found.seen, stdout())
    if found.skipped:
        console.print(f"Not populated: {', '.join(found.skipped)}.", markup=False, soft_wrap=True)
    if found.without:
        console.print(f"Read by no function: {', '.join(found.without)}.", markup=False, soft_wrap=True)
    if failure is not None:
        raise failure
    outcome.tell_when_certain(found, console)
    tell_next(f"acinaces secrets status --env {env}")


@secrets.command()
def rotate(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="A secret: kraken, openai, api-key, redis-auth, …", autocompletion=complete_secret
        ),
    ],
    env: EnvOption,
    source: FromOption = None,
    back: Annotated[bool, typer.Option("--back", help="Return to the former value.")] = False,
    end_former: Annotated[
        bool, typer.Option("--end-former", help="api-key: end the former key at once, because it leaked.")
    ] = False,
    any_format: Annotated[bool, typer.Option("--any-format", help="Do not look at the provider's format.")] = False,
    as_json: JsonOption = False,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
) -> None:
    """Replace one secret without a gap: pending, proved by the functions that use it, then in use.

    api-key and redis-auth get a generated value by the rotation that also runs on schedule; others ask for theirs.
    """
    from ops.embedded import use_embedded_cloud
    from ops.secrets import entering, replacement
    from ops.secrets.screen import seen_document, show_seen

    environment = environment_of(env)
    console = stderr()
    replacement.refuse_nonsense(name, source, back=back, end_former=end_former)
    use_embedded_cloud(environment)
    store = entering.open_store(environment, console)
    change = replacement.plan(
        environment, store, name, source, console, back=back, end_former=end_former,
        any_format=[name] if any_format else [],
    )  # fmt: skip
    if dry_run:
        console.print(f"Would {change.what}. Nothing is changed.", markup=False, soft_wrap=True)
        tell_next(change.command)
        return
    confirm(environment, change.what, yes=yes)
    seen = change.carry_out(lambda text: console.print(f"✓ {text}", markup=False, soft_wrap=True))
    if as_json:
        document = {"environment": env, "secret": name, "seen": seen_document(seen)}
        typer.echo(json.dumps(document, indent=2))
    else:
        show_seen(seen, stdout())
    tell_next(f"acinaces secrets status --env {env}")


@secrets.command()
def template(
    dotenv: Annotated[bool, typer.Option("--dotenv", help="As dotenv instead of JSON.")] = False,
) -> None:
    """Print every secret's fields without values, to be filled in and given to populate --from.

    What each must look like stands in the dotenv form as comments, and for JSON on standard error.
    """
    from ops.secrets.formats import RULES
    from ops.secrets.reading import template as text

    typer.echo(text(dotenv=dotenv), nl=False)
    if not dotenv:
        for name, fields in RULES.items():
            says = "; ".join(f"{field}: {rule.says}" for field, rule in fields.items())
            stderr().print(f"{name}  {says}", markup=False, soft_wrap=True)
    tell_next("chmod 600 FILE; acinaces secrets populate --env NAME --from FILE")
