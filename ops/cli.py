"""`acinaces`. Data goes to stdout, everything else to stderr; exit codes are those of `ops.errors`."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any, Final

import typer

from ops.commands.bootstrap import bootstrap
from ops.commands.changes import accept_permissions, changes, promotion
from ops.commands.deploy import deploy
from ops.commands.destroy import destroy, protect
from ops.commands.docs import docs
from ops.commands.doctor import doctor
from ops.commands.emergency import emergency_stop, resume
from ops.commands.hold import hold
from ops.commands.manifest import manifest
from ops.commands.prune import prune
from ops.commands.recover import recover
from ops.commands.releases import releases
from ops.commands.rollback import rollback
from ops.commands.secrets import secrets
from ops.commands.status import status
from ops.commands.validate import validate
from ops.error_screen import fail, wants_json
from ops.errors import ExitCode
from ops.unforeseen import as_operator_error, interrupted

# The groups of `acinaces --help`, in their order; every command is in one.
LOOK: Final = "Look (changes nothing)"
RELEASE: Final = "Release"
OPERATE: Final = "Operate"
PROGRAM: Final = "acinaces"

app = typer.Typer(
    name=PROGRAM,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)
app.command(rich_help_panel=LOOK)(doctor)
app.command(rich_help_panel=LOOK)(validate)
app.command(rich_help_panel=LOOK)(status)
app.command(rich_help_panel=LOOK)(manifest)
app.add_typer(releases, name="releases", rich_help_panel=LOOK)
app.command(rich_help_panel=LOOK)(docs)
app.command(rich_help_panel=LOOK)(changes)
app.command(rich_help_panel=LOOK)(promotion)
app.command(rich_help_panel=RELEASE)(bootstrap)
app.command(rich_help_panel=RELEASE)(accept_permissions)
app.command(rich_help_panel=RELEASE, context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(
    deploy
)
app.add_typer(rollback, name="rollback", rich_help_panel=OPERATE)
app.command(rich_help_panel=OPERATE)(emergency_stop)
app.command(rich_help_panel=OPERATE)(resume)
app.add_typer(hold, name="hold", rich_help_panel=OPERATE)
app.command(rich_help_panel=OPERATE)(prune)
app.add_typer(secrets, name="secrets", rich_help_panel=OPERATE, help="Credentials: enter, look at, prove, rotate.")
app.add_typer(recover, name="recover", rich_help_panel=OPERATE)
app.command(rich_help_panel=OPERATE)(protect)
app.command(rich_help_panel=OPERATE)(destroy)


def _version(wanted: bool) -> None:
    if wanted:
        from ops.version import version

        typer.echo(f"{PROGRAM} {version()}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and the commit.")
    ] = False,
) -> None:
    """Operate an Acinaces environment: look, release, put back.

    Data goes to standard output, all else to standard error.

    What an error code means and what to do about it: docs/generated/runbook.md.
    """


def command_line() -> Any:
    """The whole command line, as it is run and as it is written down in docs/generated/commands.md."""
    root = typer.main.get_command(app)
    _make_readable(root)
    return root


def main() -> None:
    """Runs the command line; every error is shown in one form, with what to do next (`ops.error_screen`)."""
    as_json = wants_json(sys.argv[1:])
    try:
        status = command_line()(prog_name=PROGRAM, standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        fail(interrupted(), as_json=as_json)
    except Exception as error:
        if os.environ.get("ACINACES_DEBUG"):
            raise
        fail(as_operator_error(error), as_json=as_json)
    # Pressed while a command ran, Ctrl-C comes back as its exit code and has said nothing yet.
    if status == ExitCode.INTERRUPTED:
        fail(interrupted(), as_json=as_json)
    raise SystemExit(status if isinstance(status, int) else 0)


def _make_readable(command: Any) -> None:
    """Paragraphs as wide as the terminal, not as the source; `--json`, not `--json <bool>`: a flag takes no value."""
    if command.help:
        command.help = "\n\n".join(" ".join(paragraph.split()) for paragraph in command.help.split("\n\n"))
    for option in command.get_params(typer.Context(command)):
        if getattr(option, "is_flag", False):
            option.metavar = ""
    for below in getattr(command, "commands", {}).values():
        _make_readable(below)
