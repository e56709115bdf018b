"""`acinaces recover application`: the Release stack of a release again, then what refers to it (MISSION M40)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from environments import Environment
from lambda_src.journal import ReleaseRecord
from lambda_src.journal.live import stands
from ops.aws import CLIENT_CONFIG, explained, require_account, session
from ops.errors import ExitCode, OperatorError
from ops.recovery.kept import Kept, read_kept
from ops.recovery.stacks import Progress, is_remnant, make, remove, status_of
from ops.releases.read import find, read_records

# What the application is made of and what refers to it; both are lost without data.
RELEASE: Final = "Release"
OPERATIONS: Final = "Operations"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What will be done. `remnant`: the status of what is left of the stack and goes first, or None.

    `operations`: None where it was not kept; then a deployment makes it.
    """

    record: ReleaseRecord
    release: Kept
    operations: Kept | None
    remnant: str | None


@dataclass(frozen=True, kw_only=True)
class Recovered:
    """What was done; `verdict`: the gate's, about the stack that was made; `problem`: why Operations was not updated."""

    release_id: str
    verdict: str
    operations: str
    problem: str = ""


def plan(environment: Environment, wanted: str) -> Plan:
    """Looks whether the release that `wanted` means can be made again.

    Raises:
        OperatorError: no such release, it never passed, it was not kept, or the application stands (exit code 5).
    """
    require_account(environment)
    record = find(read_records(environment), wanted, environment=environment.name)
    if not (stands(record) or record.verdict == "passed"):
        raise OperatorError(
            f"release {record.release_id} never passed its gate (verdict {record.verdict or 'none'})",
            error="release-not-kept",
            next_step=f"acinaces releases --env {environment.name}, and choose one that passed",
            code=ExitCode.PRECONDITION,
        )
    client = _client(environment)
    with explained(environment, "asking for the application's stacks"):
        status = status_of(client, _name(environment, RELEASE))
        operations = status_of(client, _name(environment, OPERATIONS))
    if status is not None and not is_remnant(status):
        raise OperatorError(
            f"the application of {environment.name} is there: its stack is in {status}; nothing was changed",
            error="application-stands",
            next_step=f"acinaces rollback release --to {record.release_id[:8]} --env {environment.name}",
            code=ExitCode.PRECONDITION,
        )
    release = read_kept(environment, record, _name(environment, RELEASE))
    kept = None
    if operations is not None and not is_remnant(operations):
        kept = read_kept(environment, record, _name(environment, OPERATIONS))
    return Plan(record=record, release=release, operations=kept, remnant=status)


def recover(environment: Environment, chosen: Plan, say: Progress) -> Recovered:
    """Does it; the release's own gate judges what comes out.

    Raises:
        OperatorError: CloudFormation failed, the gate among it; running it again removes what is left and begins anew.
    """
    client = _client(environment)
    with explained(environment, "making the application's stacks again"):
        if chosen.remnant is not None:
            say(f"removing what is left of {chosen.release.stack.name} ({chosen.remnant})")
            remove(client, chosen.release.stack.name, say)
        say(f"making {chosen.release.stack.name} again")
        make(client, environment, chosen.release, say, kind="CREATE")
        (stack,) = client.describe_stacks(StackName=chosen.release.stack.name)["Stacks"]
        outputs = {item["OutputKey"]: item["OutputValue"] for item in stack.get("Outputs", [])}
        operations, problem = _point_operations(client, environment, chosen, say)
    return Recovered(
        release_id=chosen.record.release_id,
        verdict=outputs.get("GateVerdict", "unknown"),
        operations=operations,
        problem=problem,
    )


def _point_operations(client: Any, environment: Environment, chosen: Plan, say: Progress) -> tuple[str, str]:
    """Has Operations refer to the new ids of API, distribution and buckets. Returns what became of it, and why not."""
    if chosen.operations is None:
        return "not there", ""
    say(f"pointing {chosen.operations.stack.name} at it")
    try:
        changed = make(client, environment, chosen.operations, say, kind="UPDATE")
    except (OperatorError, ClientError) as error:
        # The application serves again; what watches it can be mended afterwards.
        return "not updated", str(error)
    return ("updated" if changed else "unchanged"), ""


def _client(environment: Environment) -> Any:
    return session(environment).client("cloudformation", config=CLIENT_CONFIG)


def _name(environment: Environment, part: str) -> str:
    return f"Acinaces-{environment.name}-{part}"
