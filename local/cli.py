"""`python -m local`: the commands. Progress goes to standard error, results to standard output.

Exit codes: 0 done; 1 a check failed (`up`: the gate; `status`: not healthy); 2 wrong usage or settings;
3 could not run; 5 something that must be there is not, or somebody else is at work; 130 interrupted.
"""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from environments.loader import DIRECTORY
from local import result as results
from local import stacks
from local import status as statuses
from local.cloud import EmbeddedCloud
from local.keeping import kept_at
from local.lock import exclusive
from local.progress import Progress
from local.state import DEFAULT, ROOT, StateDirectory
from local.up import SETTLE_LIMIT_S, DeploymentFailedError, Request, bring_up
from ops.error_screen import fail
from ops.errors import ExitCode, OperatorError
from ops.unforeseen import as_operator_error

app = typer.Typer(
    help="The cloud on a laptop.", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)
_stderr = Console(stderr=True, highlight=False)
_stdout = Console(highlight=False)
_PROGRAM = "local"
# Apart from `make local`'s, which goes on running.
PIPELINE_STATE = ROOT / ".local" / "pipeline"

StateOption = Annotated[Path, typer.Option(help="Folder of process ids, logs and temporary files.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]


@app.command()
def up(
    port: Annotated[int | None, typer.Option(help="Port on loopback; the one that local.toml names if absent.")] = None,
    state: StateOption = DEFAULT,
    environments: Annotated[Path, typer.Option(help="Folder of environment files.")] = DIRECTORY,
    as_json: JsonOption = False,
) -> None:
    """Start the emulator and Redis, bootstrap, deploy env=local with its gate. Safe to run again."""
    manifests = ROOT / "manifests" if state == DEFAULT else state / "manifests"
    request = Request(port=port, state=state.resolve(), environments=environments.resolve(), manifests=manifests)
    with exclusive(StateDirectory(path=request.state), doing="up"):
        result = bring_up(request, Progress(_stderr))
    if as_json:
        typer.echo(json.dumps(result.dump(), indent=2))
    else:
        results.show(result, _stdout)


@app.command()
def down(state: StateOption = DEFAULT) -> None:
    """Stop the emulator, Redis and the edge; what they hold comes back with the next `up`."""
    folder = StateDirectory(path=state.resolve())
    with exclusive(folder, doing="down"):
        cloud = EmbeddedCloud.find(folder.path)
        if cloud is None:
            _stderr.print("Nothing runs here.")
            return
        manifests = ROOT / "manifests" if state == DEFAULT else folder.path / "manifests"
        progress = Progress(_stderr)
        if cloud.is_running() and any(stack.in_progress for stack in stacks.stacks(cloud)):
            with progress.phase("Waiting for a deployment that is in progress"):
                stacks.settle(cloud, time_limit_s=SETTLE_LIMIT_S)
        with progress.phase("Stopping the emulator, Redis and the edge"):
            saved = cloud.stop()
            # Until the next `up`, its addresses do not work.
            (manifests / "local-manifest.json").unlink(missing_ok=True)
        at = kept_at(folder)
        before = f"The next start has what was kept at {at}." if at else "The next start is empty."
        if saved:
            _stderr.print("What it held is kept: data, secrets, releases, journal. To remove it: make local-clean")
        elif cloud.keeps:
            _stderr.print(f"It could not save what it held. {before}")


@app.command()
def clean(state: StateOption = DEFAULT) -> None:
    """Stop it, and remove all that it held: data, secrets, releases, journal. Logs and the edge's authority stay."""
    folder = StateDirectory(path=state.resolve())
    with exclusive(folder, doing="clean"):
        cloud = EmbeddedCloud.find(folder.path) or EmbeddedCloud(port=0, state=folder.path)
        manifests = ROOT / "manifests" if state == DEFAULT else folder.path / "manifests"
        with Progress(_stderr).phase("Removing what the embedded cloud held"):
            removed = cloud.clear()
            (manifests / "local-manifest.json").unlink(missing_ok=True)
    for name, size in removed.items():
        _stderr.print(f"Removed: {folder.path / name} ({size / 1e6:.1f} MB)", markup=False, soft_wrap=True)
    _stderr.print(f"Kept: {folder.logs}, {folder.edge}", markup=False, soft_wrap=True)


@app.command()
def status(state: StateOption = DEFAULT, as_json: JsonOption = False) -> None:
    """Show whether it runs and what it serves; exit code 1 if something is not in order."""
    found = statuses.find_status(state.resolve())
    if found is None or not found.running:
        if as_json:
            typer.echo(json.dumps({"healthy": False, "running": False}))
        raise OperatorError(
            "the embedded cloud does not run",
            error="cloud-not-running",
            next_step="make local",
            code=ExitCode.CHECK_FAILED,
        )
    if as_json:
        typer.echo(json.dumps(found.dump(), indent=2))
    else:
        statuses.show(found, _stdout)
    if not found.healthy:
        raise OperatorError(
            "not everything is in order",
            error="cloud-not-healthy",
            next_step="make local",
            code=ExitCode.CHECK_FAILED,
        )


@app.command()
def pipeline(
    name: Annotated[str, typer.Option(help="Which pipeline of delivery/delivery.toml.")] = "main",
    port: Annotated[int | None, typer.Option(help="Port on loopback; a free one if absent.")] = None,
    state: Annotated[Path, typer.Option(help="Folder of process ids, logs and the workspace.")] = PIPELINE_STATE,
    as_json: JsonOption = False,
) -> None:
    """Run the delivery pipeline's own steps here: an account per environment, a typed approval before the last."""
    from delivery import DeliveryFileError
    from local.pipeline.rehearsal import Request as Rehearse
    from local.pipeline.rehearsal import Runner
    from local.pipeline.screen import ask, show
    from local.ports import free_port

    folder = state.resolve()
    request = Rehearse(port=port or free_port(), state=folder, pipeline=name, approve=ask)
    with exclusive(StateDirectory(path=folder), doing="pipeline"):
        try:
            done = Runner(request, Progress(_stderr)).run()
        except DeliveryFileError as error:
            raise OperatorError(
                str(error), error="delivery-file", next_step="edit the file", code=ExitCode.USAGE
            ) from error
    if as_json:
        typer.echo(json.dumps(done.dump(), indent=2))
    else:
        show(done, _stdout)


def main() -> None:
    """Run the command line; every expected error is one line, and the next command."""
    # Ended by `kill`, it still ends what it has started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        status = typer.main.get_command(app)(prog_name=f"python -m {_PROGRAM}", standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        fail(
            OperatorError("interrupted", error="interrupted", next_step="make local", code=ExitCode.INTERRUPTED),
            program=_PROGRAM,
        )
    except DeploymentFailedError as error:
        _show_diagnosis(error)
        fail(error, program=_PROGRAM)
    except Exception as error:
        known = as_operator_error(error)
        if known.error == "unexpected":
            raise
        fail(known, program=_PROGRAM)
    raise SystemExit(status if isinstance(status, int) else 0)


def _show_diagnosis(error: DeploymentFailedError) -> None:
    diagnosis = error.diagnosis
    for resource in diagnosis.failed:
        what = f"{resource.stack}  {resource.resource_type}  {resource.reason}"
        _stderr.print(Text.assemble(("failed  ", "red"), what), soft_wrap=True)
    for group, lines in diagnosis.function_logs.items():
        _stderr.print(Text(f"\nlog of {group}", style="bold"))
        for line in lines:
            _stderr.print(Text(f"  {line}"), soft_wrap=True)
    if not diagnosis.failed:
        _stderr.print(Text(f"\nlast lines of {diagnosis.log}", style="bold"))
        for line in diagnosis.tail:
            _stderr.print(Text(f"  {line}"), soft_wrap=True)
