"""`acinaces`. Data goes to stdout, everything else to stderr; exit codes are those of `ops.errors`."""

from __future__ import annotations

import os
import sys

import typer

from ops.commands.bootstrap import bootstrap
from ops.commands.deploy import deploy
from ops.commands.doctor import doctor
from ops.commands.manifest import manifest
from ops.commands.validate import validate
from ops.error_screen import fail, wants_json
from ops.unforeseen import as_operator_error, interrupted

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
    """Runs the command line; every error is shown in one form, with what to do next (`ops.error_screen`)."""
    as_json = wants_json(sys.argv[1:])
    try:
        status = app(prog_name="acinaces", standalone_mode=False)
    # What Ctrl-C becomes depends on where it is pressed.
    except (KeyboardInterrupt, typer.Abort):
        fail(interrupted(), as_json=as_json)
    except Exception as error:
        if os.environ.get("ACINACES_DEBUG"):
            raise
        fail(as_operator_error(error), as_json=as_json)
    raise SystemExit(status if isinstance(status, int) else 0)
