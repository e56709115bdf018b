"""`acinaces changes`, `accept-permissions`, `promotion`: what a deployment would do, and whether it may."""

from __future__ import annotations

import json
from pathlib import Path
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

SummaryOption = Annotated[Path | None, typer.Option(help="Write a line for whoever approves to this file.")]


def changes(
    env: EnvOption,
    assembly: Annotated[Path, typer.Option(help="Folder of its synthesised assembly, e.g. cdk.out/staging.")],
    markdown: Annotated[Path | None, typer.Option(help="Write all changes as Markdown to this file.")] = None,
    summary: SummaryOption = None,
    stop: Annotated[
        bool, typer.Option("--stop-at-new-permissions", help="End with 5 when they grow and nobody agreed.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what deploying an assembly would change: new permissions first, then state, then the rest."""
    from ops import changes as work
    from ops.embedded import use_embedded_cloud

    environment = environment_of(env)
    use_embedded_cloud(environment)
    found = work.compare(environment, assembly)
    if as_json:
        out = {"environment": found.environment, "first": found.first, "digest": found.digest}
        typer.echo(json.dumps({**out, "new_permissions": found.new_permissions, "summary": found.summary()}, indent=2))
    else:
        stdout().print(found.to_markdown(), markup=False, soft_wrap=True)
    _write(markdown, found.to_markdown())
    _write(summary, found.summary() + "\n")
    if stop:
        work.require_agreement(environment, found)


def accept_permissions(
    env: EnvOption,
    digest: Annotated[str, typer.Option(help="The new permissions, as `acinaces changes` names them.")],
    yes: YesOption = False,
    dry_run: DryRunOption = False,
) -> None:
    """Agree to new permissions that stopped the pipeline: to exactly those, and no others."""
    from ops import changes as work
    from ops.embedded import use_embedded_cloud

    environment = environment_of(env)
    use_embedded_cloud(environment)
    console = stderr()
    if dry_run:
        name = work.accepted_parameter(environment)
        console.print(f"Would write {digest} to {name}. Nothing is changed.", markup=False, soft_wrap=True)
        tell_next(f"acinaces accept-permissions --env {environment.name} --digest {digest}")
        return
    confirm(environment, f"agree to the new permissions {digest}", yes=yes)
    work.accept(environment, digest)
    console.print(f"Agreed for {environment.name}: {digest}.", markup=False)
    tell_next("retry the failed stage of the pipeline")


def promotion(
    env: EnvOption,
    to: Annotated[str, typer.Option("--to", metavar="NAME", help="The environment that the assembly is for.")],
    assembly: Annotated[Path, typer.Option(help="Folder of its synthesised assembly, e.g. cdk.out/production.")],
    summary: SummaryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check that an assembly releases exactly the artefacts that --env runs, and that they passed there."""
    from dataclasses import asdict

    from ops import promotion as work
    from ops.embedded import use_embedded_cloud

    environment = environment_of(env)
    use_embedded_cloud(environment)
    found = work.examine(environment, to, assembly)
    if as_json:
        typer.echo(json.dumps(asdict(found), indent=2))
    else:
        stdout().print(found.summary(), markup=False, soft_wrap=True)
    _write(summary, found.summary() + "\n")


def _write(path: Path | None, text: str) -> None:
    from ops.files import write_text

    if path is not None:
        write_text(path, text)
