"""How an error ends a command: lines for people on stderr, or one JSON object on stdout for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import NoReturn

from ops.errors import OperatorError


def wants_json(arguments: Sequence[str]) -> bool:
    """Whether the command was called with `--json`; what follows `--` is not the command's own."""
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in own


def fail(error: OperatorError, *, program: str = "acinaces", as_json: bool = False) -> NoReturn:
    """Shows `error` and ends the process with its exit code."""
    if as_json:
        sys.stdout.write(json.dumps(error.dump(), indent=2) + "\n")
        sys.stdout.flush()
    else:
        show(error, program=program)
    raise SystemExit(int(error.code))


def show(error: OperatorError, *, program: str) -> None:
    """What happened with its code, where, why, the next command, and where the runbook tells more."""
    from rich.console import Console
    from rich.text import Text

    from ops.error_codes import ERROR_CODES, runbook_section

    lines = [Text.assemble((f"{program}: ", "bold red"), str(error), (f"  [{error.error}]", "dim"))]
    more = runbook_section(error.error) if error.error in ERROR_CODES else ""
    for name, value in (("where", error.where), ("why", error.why), ("next", error.next_step), ("more", more)):
        if value:
            lines.append(Text.assemble((f"{name}: ", "bold"), value))
    console = Console(stderr=True, highlight=False)
    for line in lines:
        # Not wrapped, so that a command can be copied as a whole.
        console.print(line, soft_wrap=True)
