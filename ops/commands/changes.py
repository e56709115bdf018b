"""`acinaces changes` and `acinaces promotion`: what a deployment would do, read from a synthesised assembly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ops.commands.common import EnvOption, JsonOption, YesOption, confirm, environment_of, stderr, stdout, tell_next

AssemblyOption = Annotated[
    Path | None, typer.Option(help="Folder of the environment's synthesised assembly, e.g. cdk.out/staging.")
]
SummaryOption = Annotated[Path | None, typer.Option(help="Write a line for whoever approves to this file.")]


def changes(
    env: EnvOption,
    assembly: AssemblyOption = None,
    markdown: Annotated[Path | None, typer.Option(help="Write all changes as Markdown to this file.")] = None,
    summary: SummaryOption = None,
    stop: Annotated[
        bool, typer.Option("--stop-at-new-permissions", help="End with 5 when they grow and nobody agreed.")
    ] = False,
    accept: Annotated[str | None, typer.Option(metavar="DIGEST", help="Agree to the new permissions so named.")] = None,
    as_json: JsonOption = False,
    yes: YesOption = False,
) -> None:
    """Show what deploying an assembly would change: new permissions first. With --accept, agree to them."""
    from ops import changes as work
    from ops.embedded import use_embedded_cloud

    environment = environment_of(env)
    use_embedded_cloud(environment)
    if accept:
        confirm(environment, f"agree to the new permissions {accept}", yes=yes)
        work.accept(environment, accept)
        stderr().print(f"Agreed for {environment.name}: {accept}.", markup=False)
        tell_next("retry the stage of the pipeline")
        return
    if assembly is None:
        raise typer.BadParameter("--assembly or --accept is needed")
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
