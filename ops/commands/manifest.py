"""`acinaces manifest`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ops.commands.common import EnvOption, JsonOption, environment_of, stderr, tell_next


def manifest(
    env: EnvOption,
    write: Annotated[bool, typer.Option("--write", help="Write manifests/NAME-manifest.json instead.")] = False,
    output: Annotated[
        Path | None, typer.Option(help="As --write, but into this folder.", file_okay=False, show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Print or write what is deployed, validated: a missing field is an error that names it.

    The manifest is JSON with and without --json; its schema is manifests/manifest.schema.json.
    """
    from ops.deploy import ROOT
    from ops.embedded import use_embedded_cloud
    from ops.manifest import read_manifest, write_manifest

    environment = environment_of(env)
    use_embedded_cloud(environment)
    folder = output or (ROOT / "manifests" if write else None)
    if folder is None:
        typer.echo(read_manifest(environment).model_dump_json(indent=2, exclude={"api_key"}))
        return
    path, _ = write_manifest(environment, folder)
    if as_json:
        typer.echo(json.dumps({"environment": environment.name, "manifest": str(path)}, indent=2))
    stderr().print(f"Written: {path}", markup=False, soft_wrap=True)
    tell_next(f"acinaces validate --env {environment.name}")
