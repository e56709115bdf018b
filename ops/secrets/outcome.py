"""How storing ended."""

from __future__ import annotations

from rich.console import Console

from ops.errors import ExitCode, OperatorError
from ops.secrets.populate import Result
from ops.secrets.verify import Verification


def failure(result: Result, *, again: str) -> OperatorError | None:
    """The error to end with: interrupted (130), or some were not stored (6); None when all is well.

    `again` is the command that goes on with the rest: what is stored is kept.
    """
    stored = f"stored: {', '.join(result.stored) or 'none'}"
    failed = "; ".join(f"{name}: {reason}" for name, reason in result.failed.items())
    if result.interrupted:
        left = f"not yet: {', '.join(result.left)}" if result.left else "none is left"
        return OperatorError(
            f"interrupted; {stored}; {left}" + (f"; failed: {failed}" if failed else ""),
            error="interrupted",
            next_step=again,
            code=ExitCode.INTERRUPTED,
        )
    if result.failed:
        return OperatorError(
            f"{len(result.failed)} of {len(result.failed) + len(result.stored)} not stored; {stored}",
            error="secrets-partly-stored",
            why=failed,
            next_step=again,
            code=ExitCode.PARTIAL,
        )
    return None


def tell_when_certain(found: Verification | None, console: Console) -> None:
    """From when on no instance of a function has a former value."""
    if found is None:
        console.print("No function reads them yet, or nothing is released.", markup=False)
    elif found.certain_at:
        moment = f"{found.certain_at:%H:%M:%S} UTC"
        console.print(f"Instances that were warm may use a former value until {moment}.", markup=False)
