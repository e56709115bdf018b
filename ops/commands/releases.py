"""`acinaces releases`."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Annotated

import typer

from ops.commands.common import EnvOption, JsonOption, complete_environment, environment_of, stdout, tell_next

releases = typer.Typer(help="Releases by the journal: a list, one in full, two compared, figures of delivery.")
Release = Annotated[
    str,
    typer.Argument(
        metavar="RELEASE",
        help="Release, attempt or commit, or their beginnings; `live` is what serves.",
        show_default=False,
    ),
]
_LIMIT = 20


LimitOption = Annotated[int, typer.Option(min=1, max=1000, help="How many, newest first.")]


@releases.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    env: Annotated[
        str,
        typer.Option(
            "--env", metavar="NAME", help="Environment: a file of environments/.", autocompletion=complete_environment
        ),
    ] = "",
    limit: LimitOption = _LIMIT,
    as_json: JsonOption = False,
) -> None:
    """Releases by the journal: a list, one in full, two compared, figures of delivery.

    Without a further command it is `list`.
    """
    if context.invoked_subcommand is not None:
        return
    if not env:
        names = ", ".join(complete_environment(""))
        raise typer.BadParameter(f"Missing option '--env': one of {names}.", ctx=context)
    list_(env, limit, as_json)


@releases.command(name="list")
def list_(env: EnvOption, limit: LimitOption = _LIMIT, as_json: JsonOption = False) -> None:
    """The last releases, what became of each, and which one serves."""
    from ops.embedded import use_embedded_cloud
    from ops.releases.read import read_records
    from ops.releases.screen import show_list

    environment = environment_of(env)
    use_embedded_cloud(environment)
    records = read_records(environment)
    if as_json:
        shown = [record.model_dump(mode="json", exclude={"entries", "state"}) for record in records[:limit]]
        typer.echo(json.dumps(shown, indent=2))
    else:
        show_list(records, limit, stdout())
    newest = records[0].release_id[:8] if records else "live"
    tell_next(f"acinaces releases show {newest} --env {environment.name}")


@releases.command()
def show(release: Release, env: EnvOption, as_json: JsonOption = False) -> None:
    """One release in full: who, what, when, phases, verdict, approval, risk, what was done to it since."""
    from ops.embedded import use_embedded_cloud
    from ops.releases import risk, screen, words
    from ops.releases.read import find, read_records

    environment = environment_of(env)
    use_embedded_cloud(environment)
    records = read_records(environment)
    record = find(records, release, environment=environment.name)
    previous = risk.before(record, records)
    changed = risk.changes(record, previous)
    assessed = risk.assess(record, changed)
    if as_json:
        document = {**record.model_dump(mode="json"), "error": record.error and words.failure(record.error)}
        typer.echo(json.dumps({**document, "changed_assets": changed, "risk": assessed.document()}, indent=2))
    else:
        screen.show_one(record, assessed, changed, stdout())
    if previous is not None:
        tell_next(f"acinaces releases diff {previous.release_id[:8]} {record.release_id[:8]} --env {environment.name}")
    else:
        tell_next(f"acinaces releases --env {environment.name}")


@releases.command()
def diff(first: Release, second: Release, env: EnvOption, as_json: JsonOption = False) -> None:
    """What differs between two releases: assets, versions, files, and how fast they answered."""
    from ops.embedded import use_embedded_cloud
    from ops.releases import diff as work
    from ops.releases.read import find, read_records

    environment = environment_of(env)
    use_embedded_cloud(environment)
    records = read_records(environment)
    chosen = [find(records, wanted, environment=environment.name) for wanted in (first, second)]
    found = work.compare(environment, *chosen)
    if as_json:
        typer.echo(json.dumps(found.document(), indent=2))
    else:
        work.show(found, stdout())
    tell_next(f"acinaces rollback release --to {chosen[0].release_id[:8]} --env {environment.name} --dry-run")


@releases.command()
def metrics(
    env: EnvOption,
    days: Annotated[int, typer.Option(min=1, max=366, help="The window.")] = 30,
    as_json: JsonOption = False,
) -> None:
    """Delivery in figures: frequency, lead time, change failure rate, time to restore."""
    from datetime import UTC, datetime

    from lambda_src.journal.delivery import delivery
    from ops.embedded import use_embedded_cloud
    from ops.releases.read import read_records
    from ops.releases.screen import show_figures

    environment = environment_of(env)
    use_embedded_cloud(environment)
    figures = delivery(read_records(environment), now=datetime.now(UTC), window=timedelta(days=days))
    if as_json:
        typer.echo(json.dumps(figures.document(), indent=2))
    else:
        show_figures(figures, stdout())
    tell_next(f"acinaces releases --env {environment.name}")
