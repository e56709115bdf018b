"""The journal as a rollback reads and writes it: the intent first, then each step, then the end."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from lambda_src.operations import releases
from lambda_src.operations.entries import Entry, Moments, append, recent
from lambda_src.operations.releases import Chronicle, chronicle
from ops.aws import explained
from ops.errors import ExitCode, OperatorError
from ops.surroundings import Surroundings


def read_chronicle(around: Surroundings) -> Chronicle:
    """What the journal tells.

    Raises:
        OperatorError: there is no journal yet (exit code 5), or AWS cannot be asked.
    """
    client = around.client("dynamodb")
    with explained(around.environment, f"reading the journal {around.table}"):
        try:
            return chronicle(recent(client, around.table))
        except client.exceptions.ResourceNotFoundException:
            raise OperatorError(
                f"{around.name} has no journal: nothing was ever released there",
                error="nothing-eligible",
                next_step="make local" if around.environment.gate.allow_loopback else f"make deploy ENV={around.name}",
                code=ExitCode.PRECONDITION,
            ) from None


def serving_instead(around: Surroundings) -> str:
    """The id of the release that a rollback went back to, while that is in force; else empty.

    Empty also where the journal cannot be asked: whoever asks has the manifest.
    """
    try:
        told = read_chronicle(around)
    except OperatorError:
        return ""
    serves = told.live() if told.in_force is not None else None
    return serves.release_id if serves is not None else ""


def new_operation() -> str:
    """An id for a rollback, e.g. `rollback-20260131T120000Z-3f2a`."""
    return f"rollback-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"


class Diary:
    """Writes entries of one operation."""

    def __init__(self, around: Surroundings, *, operation: str, by: str, kind: str = releases.ROLLBACK) -> None:
        self._client = around.client("dynamodb")
        self._table = around.table
        self._moments = Moments()
        self._by = by
        self._kind = kind
        self.operation = operation
        # For what AWS takes once only: a repetition of the operation asks anew.
        self.reference = f"{operation}-{secrets.token_hex(4)}"

    def intent(self, body: Mapping[str, Any]) -> None:
        """What is going to be done. Raises what boto3 raises: without it nothing is begun."""
        self._write(releases.INTENT, body)

    def step(self, name: str, *, outcome: str, problem: str = "") -> None:
        """One step that was done, or that failed."""
        self._write(releases.STEP, {"step": name, "outcome": outcome, "problem": problem})

    def ended(self, outcome: str, body: Mapping[str, Any]) -> None:
        """How it ended: one of the outcomes of `lambda_src.operations.releases`."""
        self._write(releases.ENDED, {"outcome": outcome, **body})

    def about_release(self, attempt: str, kind: str, body: Mapping[str, Any]) -> None:
        """An entry on the record of a release: that it was left, or that it serves again."""
        entry = Entry(attempt=attempt, kind=kind, at=self._moments.next(), by=self._by, body=dict(body))
        append(self._client, self._table, entry)

    def _write(self, event: str, body: Mapping[str, Any]) -> None:
        entry = Entry(
            attempt=self.operation,
            kind="operation",
            at=self._moments.next(),
            by=self._by,
            body={"operation": self._kind, "event": event, **body},
        )
        append(self._client, self._table, entry)
