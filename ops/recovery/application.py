"""`acinaces recover application`: the stacks of a release again, Release and what watches it (MISSION M40)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from environments import Environment
from lambda_src.journal import ReleaseRecord
from lambda_src.journal.live import PASSED, stands
from ops.aws import CLIENT_CONFIG, explained, require_account, session
from ops.errors import ExitCode, OperatorError
from ops.recovery.api_keys import forget_rotated
from ops.recovery.kept import Kept, read_kept
from ops.recovery.stacks import Progress, is_remnant, make, remove, status_of
from ops.releases.read import find, read_records

RELEASE: Final = "Release"
OPERATIONS: Final = "Operations"
_OFF: Final = "off"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What will be done. `removed`: stacks that go first, in this order; `release`: None where it stands already.

    Operations goes too: it refers to ids of the lost API, distribution and buckets, and its alarms must not put back
    what is being made. `operations`: None where it was not kept; then a deployment makes it.
    """

    record: ReleaseRecord
    release: Kept | None
    operations: Kept | None
    removed: tuple[str, ...]

    @property
    def files(self) -> int:
        """How many files the stacks are made from."""
        return len({file for kept in (self.release, self.operations) if kept for file in kept.files})


@dataclass(frozen=True, kw_only=True)
class Recovered:
    """What was done. `verdict`: the gate's, about the new stack; `problem`: why Operations was not made."""

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
    if not (stands(record) or record.verdict == PASSED):
        raise OperatorError(
            f"release {record.release_id} never passed its gate (verdict {record.verdict or 'none'})",
            error="release-not-kept",
            next_step=f"acinaces releases --env {environment.name}, and choose one that passed",
            code=ExitCode.PRECONDITION,
        )
    client = _client(environment)
    with explained(environment, "asking for the application's stacks"):
        found = {part: status_of(client, _name(environment, part)) for part in (OPERATIONS, RELEASE)}
    there = {part for part, status in found.items() if status is not None and not is_remnant(status)}
    if there == {RELEASE, OPERATIONS}:
        raise OperatorError(
            f"the application of {environment.name} is there: its stack is in {found[RELEASE]}; nothing was changed",
            error="application-stands",
            next_step=f"acinaces rollback release --to {record.release_id[:8]} --env {environment.name}",
            code=ExitCode.PRECONDITION,
        )
    return Plan(
        record=record,
        release=None if RELEASE in there else read_kept(environment, record, _name(environment, RELEASE)),
        operations=_optional(environment, record, _name(environment, OPERATIONS)),
        removed=tuple(
            _name(environment, part)
            for part, status in found.items()
            if status is not None and not (part == RELEASE and part in there)
        ),
    )


def recover(environment: Environment, chosen: Plan, say: Progress) -> Recovered:
    """Does it; the release's own gate judges what comes out.

    Raises:
        OperatorError: CloudFormation failed, the gate among it; running it again removes what is left and begins anew.
    """
    client, name = _client(environment), _name(environment, RELEASE)
    with explained(environment, "making the application's stacks again"):
        stop = _emergency_stop(environment)
        for stack in chosen.removed:
            say(f"removing {stack}")
            remove(client, stack, say)
        if chosen.release is not None:
            for key in forget_rotated(_api_gateway(environment), environment.resource_name("api")):
                say(f"removed the API key {key}: the secret has its value, and {name} makes it again")
            say(f"making {name} again")
            make(client, environment, chosen.release, say)
        (stack,) = client.describe_stacks(StackName=name)["Stacks"]
        outputs = {item["OutputKey"]: item["OutputValue"] for item in stack.get("Outputs", [])}
        operations, problem = _make_operations(client, environment, chosen, say)
        if stop != _OFF and not problem:
            say(f"the emergency stop stays on: {stop}")
            _ssm(environment).put_parameter(Name=_stop_parameter(environment), Value=stop, Overwrite=True)
    return Recovered(
        release_id=chosen.record.release_id,
        verdict=outputs.get("GateVerdict", "unknown"),
        operations=operations,
        problem=problem,
    )


def _make_operations(client: Any, environment: Environment, chosen: Plan, say: Progress) -> tuple[str, str]:
    """Returns what became of it, and why not."""
    if chosen.operations is None:
        return "not made", "it was not kept with that release"
    say(f"making {chosen.operations.stack.name} again")
    try:
        make(client, environment, chosen.operations, say)
    except (OperatorError, ClientError) as error:
        # The application serves again; what watches it can be made afterwards.
        return "not made", str(error)
    return "made", ""


def _optional(environment: Environment, record: ReleaseRecord, stack: str) -> Kept | None:
    try:
        return read_kept(environment, record, stack)
    except OperatorError as error:
        if error.error != "release-not-kept":
            raise
        return None


def _emergency_stop(environment: Environment) -> str:
    """Its value, which a new Operations stack would begin with as off."""
    client = _ssm(environment)
    try:
        return str(client.get_parameter(Name=_stop_parameter(environment))["Parameter"]["Value"])
    except client.exceptions.ParameterNotFound:
        return _OFF


def _stop_parameter(environment: Environment) -> str:
    return f"/acinaces/{environment.name}/emergency-stop"


def _ssm(environment: Environment) -> Any:
    return session(environment).client("ssm", config=CLIENT_CONFIG)


def _api_gateway(environment: Environment) -> Any:
    return session(environment).client("apigateway", config=CLIENT_CONFIG)


def _client(environment: Environment) -> Any:
    return session(environment).client("cloudformation", config=CLIENT_CONFIG)


def _name(environment: Environment, part: str) -> str:
    return f"Acinaces-{environment.name}-{part}"
