"""Running the items: at the same time, bounded in number and time; whatever goes wrong with one is a finding."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from environments import Environment
from ops.doctor import account, first, machine, names, quotas, release, settings, stacks
from ops.doctor.findings import Diagnosis, Finding, Status, Undetermined, failed
from ops.doctor.surroundings import Surroundings
from ops.embedded import use_embedded_cloud
from ops.errors import OperatorError

Item = Callable[[Surroundings], Finding | list[Finding]]

MACHINE: Final[tuple[Item, ...]] = (machine.python, machine.node, machine.cdk, machine.git, settings.placeholders)
IN_AWS: Final[tuple[Item, ...]] = (
    account.clock,
    account.bootstrap,
    account.hold,
    stacks.stacks,
    stacks.resources,
    release.alarms,
    release.secrets,
    names.delegation,
    names.authorities,
    release.certificates,
    release.old_assets,
    quotas.lambda_concurrency,
    quotas.quotas,
    first.places,
    first.names_taken,
    first.channels,
)
# Seconds for all items of a round; and how many run at once.
LIMIT_S: Final = 40.0
_AT_ONCE: Final = 8


def examine(environment: Environment) -> Diagnosis:
    """Looks at the machine and at the environment's account; what needs the account waits for the credentials."""
    around = Surroundings(environment)
    findings = run_items((*MACHINE, _credentials), around)
    if findings[-1].status is Status.PASS:
        findings += run_items(IN_AWS, around)
    else:
        names = ", ".join(title(item) for item in IN_AWS)
        fix = "mend `credentials`, then look again"
        findings.append(undetermined(environment, "everything in AWS", f"{names} need credentials", fix))
    return Diagnosis(environment=environment.name, findings=tuple(findings))


def _credentials(around: Surroundings) -> Finding:
    """The credentials; those of the embedded cloud are there as long as it runs."""
    try:
        use_embedded_cloud(around.environment)
    except OperatorError as error:
        return failed("credentials", str(error), error.next_step)
    return account.credentials(around)


def run_items(items: Sequence[Item], around: Surroundings, *, limit_s: float = LIMIT_S) -> list[Finding]:
    """The findings of all items, in their order. An item that does not answer in time is undetermined."""
    slots, found = threading.Semaphore(_AT_ONCE), dict[int, list[Finding]]()

    def look(index: int, item: Item) -> None:
        with slots:
            found[index] = _look(item, around)

    # Daemons: one that hangs must not keep the command from ending.
    threads = [
        threading.Thread(target=look, args=(index, item), name=f"doctor-{title(item)}", daemon=True)
        for index, item in enumerate(items)
    ]
    for thread in threads:
        thread.start()
    ends_at = time.monotonic() + limit_s
    for thread in threads:
        thread.join(max(ends_at - time.monotonic(), 0))
    late = [f"no answer within {limit_s:.0f} s", "look again; if it stays so, look at the network"]
    return [
        finding
        for index, item in enumerate(items)
        for finding in found.get(index) or [undetermined(around.environment, title(item), *late)]
    ]


def undetermined(environment: Environment, name: str, reason: str, fix: str) -> Finding:
    """What could not be determined has not passed; where production's checks are on, it fails."""
    status = Status.FAIL if environment.production_checks else Status.WARN
    return Finding(name=name, status=status, message=f"could not be determined: {reason}", fix=fix)


def title(item: Item) -> str:
    """The item's name, as its findings call it."""
    return str(getattr(item, "__name__", "item")).strip("_").replace("_", " ")


def _look(item: Item, around: Surroundings) -> list[Finding]:
    environment, name = around.environment, title(item)
    try:
        answer = item(around)
    except Undetermined as problem:
        return [undetermined(environment, name, str(problem), problem.fix)]
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "?")
        message = error.response.get("Error", {}).get("Message", "")
        reason = f"{error.operation_name} answered {code}: {message}"
        return [undetermined(environment, name, reason, f"use a role that may call {error.operation_name}")]
    except BotoCoreError as error:
        return [undetermined(environment, name, str(error), "check the network, AWS_PROFILE and AWS_ENDPOINT_URL")]
    except Exception as error:  # noqa: BLE001 - a defect of one item must not hide the others
        return [undetermined(environment, name, f"{type(error).__name__}: {error}", "report this as a defect")]
    return answer if isinstance(answer, list) else [answer]
