"""What several commands take and do."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ops.errors import ExitCode, OperatorError

if TYPE_CHECKING:
    from rich.console import Console

    from environments import Environment

_ENVIRONMENTS = Path(__file__).resolve().parents[2] / "environments"


def complete_environment(incomplete: str) -> list[str]:
    """Names for the shell's completion, which must not wait for pydantic."""
    return sorted(path.stem for path in _ENVIRONMENTS.glob("*.toml") if path.stem.startswith(incomplete))


EnvOption = Annotated[
    str,
    typer.Option(
        "--env",
        metavar="NAME",
        help="Environment: a file of environments/.",
        show_default=False,
        autocompletion=complete_environment,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on standard output; errors too.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before changing anything.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")]


def environment_of(name: str) -> Environment:
    """The environment called `name`; raises EnvironmentFileError, and OperatorError for an empty name (make's)."""
    from environments import load_environment

    if not name:
        raise OperatorError(
            f"no environment is named: there are {', '.join(complete_environment(''))}",
            error="environment-file",
            next_step="add --env NAME (with make: ENV=NAME)",
            code=ExitCode.USAGE,
        )

    return load_environment(name)


def stderr() -> Console:
    """Where progress and everything that is not data goes."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def stdout() -> Console:
    """Where data goes."""
    from rich.console import Console

    return Console(highlight=False)


def confirm(environment: Environment, change: str, *, yes: bool, typed: bool = False) -> None:
    """Asks before `change` (what will happen, e.g. `roll 12 functions back to release 4f2a`) is done.

    In production, and where `typed`, the environment's name must be typed; elsewhere a yes is enough. `yes` (--yes)
    answers for people who are not there.

    Raises:
        OperatorError: there is no terminal to ask on (exit code 2), or the answer was no (exit code 5).
    """
    if yes:
        return
    console, name = stderr(), environment.name
    console.print(f"About to {change} in {name}.", markup=False, soft_wrap=True)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise OperatorError(
            f"{name}: asking before it would {change} needs a terminal, and there is none; nothing was changed",
            error="confirmation-needed",
            next_step="add --yes to the command",
            code=ExitCode.USAGE,
        )
    typed = typed or environment.production_checks
    if typed:
        answer = typer.prompt(
            f"Type the environment's name ({name}) to go on", err=True, default="", show_default=False
        )
        agreed = answer.strip() == name
    else:
        agreed = typer.confirm("Go on?", err=True, default=False)
    if not agreed:
        raise OperatorError(
            "not confirmed; nothing was changed",
            error="not-confirmed",
            next_step=f"run the command again and type {name}" if typed else "run it again",
            code=ExitCode.PRECONDITION,
        )


def tell_next(command: str) -> None:
    """The one next command, as the last line on standard error."""
    from rich.text import Text

    stderr().print(Text.assemble(("next: ", "bold"), command), soft_wrap=True)
