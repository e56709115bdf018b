"""What several commands take and do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from environments import Environment

EnvOption = Annotated[str, typer.Option("--env", help="Environment: a file of environments/.", show_default=False)]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]


def environment_of(name: str) -> Environment:
    """The environment called `name`; raises EnvironmentFileError."""
    from environments import load_environment

    return load_environment(name)


def stderr() -> Console:
    """Where progress and everything that is not data goes."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def stdout() -> Console:
    """Where data goes."""
    from rich.console import Console

    return Console(highlight=False)
