"""Asking for credentials at a terminal, hidden; one that is of no use is asked for again."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence

import typer
from pydantic import SecretStr
from rich.console import Console

from ops.errors import ExitCode, OperatorError
from ops.secrets.catalogue import FIELDS
from ops.secrets.formats import Entered, problems
from ops.secrets.reading import hidden


def ask(names: Sequence[str], console: Console, *, any_format: Collection[str] = ()) -> Entered:
    """What a person types for each of `names`; the empty line skips one.

    Raises:
        OperatorError: there is no terminal (exit code 2), or Ctrl-C (exit code 130); nothing is stored yet.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise OperatorError(
            "asking for credentials needs a terminal, and there is none; nothing was stored",
            error="input-needed",
            next_step="add --from FILE, or --from - to read standard input",
            code=ExitCode.USAGE,
        )
    console.print("What you type is not shown. An empty line skips a secret.")
    entered: dict[str, dict[str, SecretStr]] = {}
    for name in names:
        while True:
            values = _ask_one(name)
            wrong = problems({**entered, name: values}, any_format=any_format) if values else []
            if not wrong:
                break
            for line in wrong:
                console.print(f"✗ {line}", markup=False, soft_wrap=True)
        if values:
            entered[name] = values
    return entered


def _ask_one(name: str) -> dict[str, SecretStr]:
    values: dict[str, SecretStr] = {}
    for field in FIELDS[name]:
        try:
            text = typer.prompt(f"{name} {field}", hide_input=True, default="", show_default=False, err=True)
        except (KeyboardInterrupt, typer.Abort):
            text = None
        if text is None:
            raise OperatorError(
                "interrupted before anything was stored",
                error="interrupted",
                next_step="run the command again",
                code=ExitCode.INTERRUPTED,
            )
        if text.strip():
            values[field] = hidden(text)
        elif not values:
            break
    return values
