"""`acinaces manifest`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ops.commands.common import EnvOption, environment_of, stderr


def manifest(
    env: EnvOption,
    output: Annotated[Path | None, typer.Option(help="Folder for {env}-manifest.json; stdout if absent.")] = None,
) -> None:
    """Print or write what is deployed, validated."""
    from ops.embedded import use_embedded_cloud
    from ops.manifest import read_manifest, write_manifest

    environment = environment_of(env)
    use_embedded_cloud(environment)
    if output is None:
        typer.echo(read_manifest(environment).model_dump_json(indent=2, exclude_none=False, exclude={"api_key"}))
    else:
        stderr().print(f"Written: {write_manifest(environment, output)}", markup=False)
