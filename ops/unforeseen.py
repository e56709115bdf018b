"""What did not come as an OperatorError: wrong usage, a mistake in an environment file, and errors nobody foresaw."""

from __future__ import annotations

import difflib
import sys
import traceback
from pathlib import Path
from typing import Any

import typer

from ops.commands.common import complete_environment
from ops.errors import ExitCode, OperatorError

# What the parser of the command line raises (usage, files); typer exports only a class derived from it.
_USAGE_ERROR: type[Exception] = typer.BadParameter.__mro__[2]
_EXTRA = "Got unexpected extra argument"
_CHOICE = " is not one of "
_ROOT = Path(__file__).resolve().parent.parent


def interrupted() -> OperatorError:
    """Ctrl-C."""
    return OperatorError(
        "interrupted", error="interrupted", next_step="run the command again", code=ExitCode.INTERRUPTED
    )


def as_operator_error(error: Exception) -> OperatorError:
    """`error` in the one shape of errors."""
    if isinstance(error, OperatorError):
        return error
    if isinstance(error, _USAGE_ERROR):
        return _usage(error)
    # By name: the module costs a tenth of a second, and is loaded where its error can come from.
    module = sys.modules.get("environments")
    if module is not None and isinstance(error, module.EnvironmentFileError):
        return OperatorError(str(error), error="environment-file", next_step="ls environments/", code=ExitCode.USAGE)
    return _unexpected(error)


def _usage(error: Any) -> OperatorError:
    """What the parser says, and the command that was probably meant."""
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        # The help is on the screen already.
        raise SystemExit(int(ExitCode.USAGE))
    command = context.command_path if context is not None else "acinaces"
    message, next_step = " ".join(error.format_message().split()), f"{command} --help"
    name = getattr(error, "option_name", "")
    if getattr(error, "possibilities", None) and name.startswith("-"):
        close = difflib.get_close_matches(name, error.possibilities, n=1, cutoff=0.1)
        message = f"No such option: {name}." + (f" Did you mean {close[0]!r}?" if close else "")
    elif message.startswith(_EXTRA):
        # What was typed is not repeated: it may be a secret that was meant for a prompt.
        message = "More was typed than the command takes."
    elif getattr(getattr(error, "param", None), "param_type_name", "") == "argument" and _CHOICE in message:
        # For the same reason, only the allowed values are.
        message = f"{(error.param.name or '').upper()} is one of {message.rpartition(_CHOICE)[2]}"
    elif type(error).__name__ == "MissingParameter" and "--env" in (getattr(error.param, "opts", None) or ()):
        names = ", ".join(complete_environment(""))
        message, next_step = f"Missing option '--env': one of {names}.", f"{command} --env NAME"
    return OperatorError(message, error="wrong-usage", next_step=next_step, code=ExitCode.USAGE)


def _unexpected(error: Exception) -> OperatorError:
    """Type and lines only: the text of an unknown error, or a value in its frames, may be a secret."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(_ROOT / "ops")] or list(frames)
    where = f"{own[-1].filename}:{own[-1].lineno} in {own[-1].name}" if own else ""
    return OperatorError(
        f"an error that nobody foresaw: {type(error).__name__}",
        error="unexpected",
        where=where.removeprefix(f"{_ROOT}/"),
        next_step="ACINACES_DEBUG=1 before the same command shows the whole traceback, values included",
    )
