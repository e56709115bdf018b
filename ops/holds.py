"""The hold as commands use it: read, set, cleared, and respected (FAULTS F33)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from rich.console import Console

from lambda_src.operations import hold
from lambda_src.operations.hold import Hold, parameter_of
from ops.aws import explained
from ops.errors import ExitCode, OperatorError
from ops.surroundings import Surroundings


def read_hold(around: Surroundings) -> Hold | None:
    """The hold, if there is one. Raises OperatorError where AWS cannot be asked."""
    with explained(around.environment, f"reading {parameter_of(around.name)}"):
        return hold.read(around.client("ssm"), around.name)


def set_hold(around: Surroundings, *, reason: str, by: str) -> None:
    """Puts deployments on hold. Raises OperatorError where AWS refuses."""
    wanted = Hold(reason=reason, at=datetime.now(UTC).isoformat(timespec="seconds"), by=by)
    with explained(around.environment, f"writing {parameter_of(around.name)}"):
        hold.put(around.client("ssm"), around.name, wanted)


def clear_hold(around: Surroundings) -> bool:
    """Lets deployments go on; False where there was no hold. Raises OperatorError where AWS refuses."""
    with explained(around.environment, f"deleting {parameter_of(around.name)}"):
        return hold.clear(around.client("ssm"), around.name)


def refuse_on_hold(around: Surroundings) -> None:
    """Stops a deployment that would bring back what was put back.

    Raises:
        OperatorError: there is a hold (exit code 5).
    """
    found = read_hold(around)
    if found is None:
        return
    raise OperatorError(
        f"{around.name} is on hold since {found.at} by {found.by}; nothing was started",
        error="on-hold",
        why=found.reason,
        next_step=f"when its reason is mended: acinaces deploy --env {around.name} --clear-hold",
        code=ExitCode.PRECONDITION,
    )


@contextmanager
def lifted(around: Surroundings, console: Console) -> Iterator[None]:
    """Lifts the hold, if there is one, for a deployment; one that fails is followed by the same hold again.

    CloudFormation puts a failed deployment back to the release before, which may be the one that was rolled back.
    """
    found = read_hold(around)
    if found is None:
        yield
        return
    clear_hold(around)
    console.print(f"The hold of {found.by} is lifted: {found.reason}", markup=False, soft_wrap=True)
    try:
        yield
    except BaseException:
        with explained(around.environment, "putting the hold back"):
            hold.put(around.client("ssm"), around.name, found)
        command = f"acinaces rollback release --env {around.name} --to RELEASE"
        console.print(f"The hold is set again. See what serves, and go back if need be: {command}", markup=False)
        raise
