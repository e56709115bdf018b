"""Rotation of what the platform owns, started by a person instead of by its schedule."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from environments import Environment
from ops.aws import CLIENT_CONFIG, explained, session
from ops.errors import ExitCode, OperatorError
from ops.interrupts import Interrupts
from ops.secrets.store import CURRENT, NotStored, SecretStore

# Seconds. ElastiCache takes minutes for each of two changes; Lambda's limit is 900.
_LIMIT_S = 1800.0
_EVERY_S = 1.0


def rotate(
    environment: Environment,
    store: SecretStore,
    name: str,
    *,
    tell: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
) -> str:
    """Starts the rotation, waits until it has ended, and returns the version that is current now.

    Raises:
        OperatorError: not set up (5), not ended in time (3), or interrupted (130): it goes on by itself then.
    """
    version = _start(environment, store, name)
    tell(f"rotation of {name} has begun; the former value works until it has ended")
    ends_at = monotonic() + _LIMIT_S
    with Interrupts() as interrupts:
        while not _is_current(store, name, version):
            if interrupts.pressed:
                raise OperatorError(
                    f"interrupted; the rotation of {name} goes on without you",
                    error="interrupted",
                    next_step=f"acinaces secrets status --env {environment.name}",
                    code=ExitCode.INTERRUPTED,
                )
            if monotonic() > ends_at:
                raise OperatorError(
                    f"the rotation of {name} has not ended within {_LIMIT_S / 60:.0f} minutes; its former value works",
                    error="rotation-failed",
                    where=f"/aws/lambda/{environment.resource_name('rotation')}",
                    next_step=f"aws logs tail /aws/lambda/{environment.resource_name('rotation')} --since 1h",
                )
            sleep(_EVERY_S)
    return version


def end_overlap(environment: Environment) -> list[str]:
    """Ends all former API keys now; returns their names. Raises OperatorError (3): the rotation's function failed."""
    function = environment.resource_name("rotation")
    with explained(environment, f"asking {function}"):
        client = session(environment).client("lambda", config=CLIENT_CONFIG)
        answer = client.invoke(FunctionName=function, Payload=json.dumps({"endOverlap": True}).encode())
    content = answer["Payload"].read()
    if answer.get("FunctionError"):
        raise OperatorError(
            f"{function} failed; former API keys may still work",
            error="rotation-failed",
            where=f"/aws/lambda/{function}",
            next_step=f"aws logs tail /aws/lambda/{function} --since 1h",
        )
    return [str(name) for name in json.loads(content)["withdrawn"]]


def _start(environment: Environment, store: SecretStore, name: str) -> str:
    reason = ""
    try:
        return store.rotate(name)
    except NotStored as problem:
        reason = str(problem)
    raise OperatorError(
        f"the rotation of {name} could not be started: AWS answered {reason}",
        error="rotation-not-set-up",
        next_step="make local" if environment.gate.allow_loopback else f"make deploy ENV={environment.name}",
        code=ExitCode.PRECONDITION,
    )


def _is_current(store: SecretStore, name: str, version: str) -> bool:
    stages = (store.describe(name) or {}).get("VersionIdsToStages", {})
    return CURRENT in stages.get(version, ())
