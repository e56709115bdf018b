"""One change of an environment at a time (FAULTS F29): who else is at it, and since when."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from lambda_src.operations import lease
from lambda_src.operations.lease import Lease, LeaseTaken
from ops.aws import explained
from ops.errors import ExitCode, OperatorError
from ops.surroundings import Surroundings, place

# Seconds. A command that dies keeps others out for no longer than this; one that runs prolongs it in time.
LASTS_S: Final = 120.0
_PROLONGED_EVERY_S: Final = 30.0


@contextmanager
def locked(around: Surroundings, operation: str, *, by: str) -> Iterator[None]:
    """Keeps others out within the block. `operation`: what the others are told, e.g. `rollback release`.

    Before the first release there is no journal to keep a lease in, and CloudFormation alone keeps others out.

    Raises:
        OperatorError: somebody else is at it (exit code 5), or AWS cannot be asked.
    """
    client, owner, since = around.client("dynamodb"), secrets.token_hex(8), time.time()

    def mine() -> Lease:
        until = time.time() + LASTS_S
        return Lease(owner=owner, operation=operation, by=by, place=place(), since=since, until=until)

    if not _take(around, mine()):
        yield
        return
    over = threading.Event()

    def prolong() -> None:
        while not over.wait(_PROLONGED_EVERY_S):
            # One that fails is made up for by the next; when all do, the lease runs out.
            with contextlib.suppress(ClientError, BotoCoreError, LeaseTaken):
                lease.take(client, around.table, mine())

    thread = threading.Thread(target=prolong, name="lock", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        with contextlib.suppress(ClientError, BotoCoreError):
            lease.give_back(client, around.table, owner)


def _take(around: Surroundings, wanted: Lease) -> bool:
    """Takes the lease, also from a process of this machine that is dead; False where there is no table for it."""
    client = around.client("dynamodb")
    with explained(around.environment, "taking the lock"):
        try:
            lease.take(client, around.table, wanted)
        except LeaseTaken as error:
            if not _is_dead(error.lease):
                raise _refused(around, error.lease) from None
            try:
                lease.take(client, around.table, wanted, instead_of=error.lease.owner)
            except LeaseTaken as other:
                raise _refused(around, other.lease) from None
        except client.exceptions.ResourceNotFoundException:
            return False
    return True


def _is_dead(held: Lease) -> bool:
    """Whether the process that has the lease was on this machine, and is no more."""
    host, _, number = held.place.rpartition("/")
    if host != socket.gethostname() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _refused(around: Surroundings, held: Lease) -> OperatorError:
    since, until = (f"{datetime.fromtimestamp(moment, UTC):%H:%M:%S} UTC" for moment in (held.since, held.until))
    return OperatorError(
        f"{around.name} is being changed: {held.operation} by {held.by} since {since}; nothing was changed",
        error="environment-busy",
        next_step=f"wait for it; should it have died, its lock runs out at {until}",
        code=ExitCode.PRECONDITION,
        where=held.place,
    )
