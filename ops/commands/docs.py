"""`acinaces docs`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ops.commands.common import JsonOption, complete_environment, environment_of, stderr, tell_next

if TYPE_CHECKING:
    from environments import Environment

_AT_ONCE: Final = 2


def docs(
    env: Annotated[
        str | None,
        typer.Option(
            "--env",
            metavar="NAME",
            help="Ask this environment, and write about it as it is now.",
            autocompletion=complete_environment,
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit code 1 when a committed page is not what code gives.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(help="With --env: this folder instead of docs/deployed/NAME.", file_okay=False),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write the documents that follow from code, templates and what is deployed.

    Without --env: the committed pages of docs/generated. With --env: summary, readiness checklist and changes of that
    environment now, into docs/deployed (not committed); exit code 6 when part of it could not be asked.
    """
    if env is None:
        _committed(check=check, as_json=as_json)
        return
    environment = environment_of(env)
    if check:
        raise typer.BadParameter("--check is about the committed pages, and goes without --env")
    _deployed(environment, output=output, as_json=as_json)


def _committed(*, check: bool, as_json: bool) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from environments import known_environments
    from ops.cli import command_line
    from ops.deploy import ROOT
    from ops.documents import pages
    from ops.documents.assembly import pipeline_acknowledged, synthesise
    from ops.errors import ExitCode

    console = stderr()
    names = known_environments()
    console.print(f"Synthesising {', '.join(names)} …", markup=False)
    # Most of a synthesis is one thread of Node.
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        # The other pipeline's stacks are made of the same constructs.
        pipeline = pool.submit(pipeline_acknowledged, "main")
        assemblies = list(pool.map(lambda name: synthesise(environment_of(name)), names))
    found = pages.pages(assemblies, pipeline.result(), command_line())
    changed = pages.stale(found, ROOT) if check else pages.write(found, ROOT)
    if as_json:
        typer.echo(json.dumps({"pages": len(found), "changed": [str(path) for path in changed]}, indent=2))
    for path in changed:
        console.print(f"{'Not what the code gives' if check else 'Written'}: {path}", markup=False, soft_wrap=True)
    console.print(f"{len(found)} pages, {len(found) - len(changed)} of them unchanged.", markup=False)
    if check and changed:
        tell_next(pages.RENEW)
        raise SystemExit(int(ExitCode.CHECK_FAILED))
    tell_next("git diff docs manifests" if changed else "acinaces docs --env NAME")


def _deployed(environment: Environment, *, output: Path | None, as_json: bool) -> None:
    from ops.deploy import ROOT
    from ops.documents.assembly import synthesise
    from ops.documents.deployed import Deployed
    from ops.embedded import use_embedded_cloud
    from ops.errors import ExitCode, OperatorError
    from ops.files import write_text
    from ops.validate_screen import PlainScreen

    console = stderr()
    console.print(f"Synthesising {environment.name} …", markup=False)
    assembly = synthesise(environment)
    missing = []
    try:
        use_embedded_cloud(environment)
    except OperatorError as error:
        missing.append(str(error))
    console.print(f"Asking {environment.name} …", markup=False)
    deployed = Deployed(environment, assembly, watcher=PlainScreen(console), missing=missing)
    folder = output or ROOT / "docs" / "deployed" / environment.name
    written = []
    for name, text in deployed.documents().items():
        write_text(folder / name, text)
        written.append(str(folder / name))
        console.print(f"Written: {folder / name}", markup=False, soft_wrap=True)
    for reason in deployed.missing:
        console.print(f"Could not be asked: {reason}", markup=False, soft_wrap=True)
    if as_json:
        answer = {"environment": environment.name, "documents": written, "missing": deployed.missing}
        typer.echo(json.dumps(answer, indent=2))
    tell_next(f"acinaces validate --env {environment.name}")
    if deployed.missing:
        raise SystemExit(int(ExitCode.PARTIAL))
