"""Pointing AWS clients at the embedded cloud, for the environment that lives there and for no other."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path

from environments import Environment
from ops.errors import ExitCode, OperatorError

# `local` writes it when it starts the cloud; a folder of one's own is named by the variable.
STATE = Path(__file__).resolve().parent.parent / ".local"
STATE_VARIABLE = "ACINACES_STATE"
_FILE = "clients.json"


def state_folder(variables: Mapping[str, str] = os.environ) -> Path:
    """Where the embedded cloud keeps what it holds."""
    return Path(variables.get(STATE_VARIABLE) or STATE)


def use_embedded_cloud(environment: Environment, variables: MutableMapping[str, str] = os.environ) -> None:
    """Makes AWS clients of this process reach the embedded cloud, where the environment lives in it.

    Does nothing for an environment in AWS, nor where AWS_ENDPOINT_URL says already which cloud it is.

    Raises:
        OperatorError: the embedded cloud does not run (exit code 5).
    """
    if not environment.gate.allow_loopback or variables.get("AWS_ENDPOINT_URL"):
        return
    path = state_folder(variables) / _FILE
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        wanted = {str(name): str(value) for name, value in found.items()}
    except (OSError, ValueError, AttributeError):
        raise OperatorError(
            f"{environment.name} is the embedded cloud, and it does not run",
            error="cloud-not-running",
            next_step="make local",
            code=ExitCode.PRECONDITION,
        ) from None
    # No profile and no session of the person's own may send anything to a real account.
    for name in [name for name in variables if name.startswith("AWS_")]:
        del variables[name]
    variables.update(wanted)
