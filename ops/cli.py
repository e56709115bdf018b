"""`acinaces`. Data goes to stdout, everything else to stderr; exit codes are those of `ops.errors`."""

from __future__ import annotations

import sys

import typer

from ops.commands.bootstrap import bootstrap
from ops.commands.deploy import deploy
from ops.commands.doctor import doctor
from ops.commands.manifest import manifest
from ops.commands.validate import validate
from ops.errors import ExitCode, OperatorError

app = typer.Typer(
    name="acinaces",
    help="Operate an Acinaces environment.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)
app.command()(doctor)
app.command()(bootstrap)
app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(deploy)
app.command()(validate)
app.command()(manifest)


@app.callback()
def _root() -> None:
    """Operate an Acinaces environment."""


def main() -> None:
    """Runs the command line; every expected error is one line with what to do next."""
    try:
        app()
    except OperatorError as error:
        _fail(str(error), error.next_step, error.code)
    except KeyboardInterrupt:
        _fail("interrupted", "run the command again", ExitCode.INTERRUPTED)
    except Exception as error:
        # By name: the module costs a tenth of a second, and is loaded where its error can come from.
        module = sys.modules.get("environments")
        if module is None or not isinstance(error, module.EnvironmentFileError):
            raise
        _fail(str(error), "ls environments/", ExitCode.USAGE)


def _fail(message: str, next_step: str, code: ExitCode) -> None:
    from rich.console import Console
    from rich.markup import escape

    Console(stderr=True, highlight=False).print(
        f"[bold red]acinaces:[/] {escape(message)}\n[bold]next:[/] {escape(next_step)}", soft_wrap=True
    )
    raise SystemExit(int(code))
