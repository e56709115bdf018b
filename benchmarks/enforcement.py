"""What evaluating policies costs: `make local` in an empty folder with IAM enforced, and without.

    .venv/bin/python -m benchmarks.enforcement

Limit: 1.2 times. No setting turns enforcement off; this starts the emulator past `local.cloud`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

from rich.console import Console

from local import ports
from local.cloud import EmbeddedCloud
from local.progress import Progress
from local.up import Request, bring_up

_RUNS = 3


def main() -> None:
    """Prints the medians and their ratio."""
    seconds: dict[bool, list[float]] = {True: [], False: []}
    # The first run of all builds layers and site.
    _run(enforced=True)
    for _ in range(_RUNS):
        for enforced, found in seconds.items():
            found.append(_run(enforced=enforced))
    with_it, without = median(seconds[True]), median(seconds[False])
    print(f"enforced {with_it:.1f} s, not enforced {without:.1f} s: {with_it / without:.2f} times")


def _run(*, enforced: bool) -> float:
    variables = EmbeddedCloud._emulator_variables

    def chosen(cloud: EmbeddedCloud, *arguments: Any, **named: Any) -> dict[str, str]:
        return {**variables(cloud, *arguments, **named), "AUTH": str(enforced).lower()}

    with tempfile.TemporaryDirectory() as folder, mock.patch.object(EmbeddedCloud, "_emulator_variables", chosen):
        state = Path(folder)
        try:
            progress = Progress(Console(stderr=True))
            return bring_up(
                Request(port=ports.free_port(), state=state, manifests=state / "manifests"), progress
            ).seconds
        finally:
            cloud = EmbeddedCloud.find(state)
            if cloud is not None:
                cloud.stop()


if __name__ == "__main__":
    main()
