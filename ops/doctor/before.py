"""The look before a deployment: production does not start where something fails, others are warned."""

from __future__ import annotations

from rich.console import Console

from environments import Environment
from ops.doctor.findings import Status
from ops.doctor.run import examine
from ops.doctor.screen import counts, show_problems
from ops.doctor.stacks import removed_by_cdk
from ops.errors import ExitCode, OperatorError


def before_deployment(environment: Environment, console: Console) -> str:
    """Prints what did not pass and returns how it stands, in a few words.

    Raises:
        OperatorError: something fails, and production's checks are on (exit code 5).
    """
    diagnosis = examine(environment)
    show_problems(diagnosis, console)
    # A pipeline cannot go on where `cdk deploy` can.
    bad = [finding for finding in diagnosis.of(Status.FAIL) if not removed_by_cdk(finding)]
    if bad and environment.production_checks:
        names = ", ".join(finding.name for finding in bad)
        raise OperatorError(
            f"{environment.name} is not ready, and nothing was started: {names}",
            error="not-ready",
            next_step=bad[0].fix,
            code=ExitCode.PRECONDITION,
        )
    return f"doctor: {counts(diagnosis)}"
