"""What `acinaces deploy` adds to the journal: who agreed and how, which tests had passed, what came before the stacks.

The release writes its own record; this comes after it, and can never fail a deployment.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from environments import Environment
from lambda_src.journal import EntryKind, Journal, JournalEntry, Outcome, ReleaseRecord, journal_table_name
from lambda_src.journal.attempts import LOOK_BACK, stamp
from lambda_src.journal.closing import Clients, Where, close
from ops.aws import CLIENT_CONFIG, session
from ops.phases import Phase

# Seconds. The recorder writes down the end of a release; at the very first one there is none yet.
_RECORDER_S: Final = 10.0
_LOOK_EVERY_S: Final = 0.5
_CLOCKS_S: Final = 5


@dataclass(kw_only=True)
class Evidence:
    """`by`: who; `how` they agreed; `note`: what a reviewer should know. `tests_passed`: None until known."""

    environment: Environment
    by: str
    how: str
    note: str = ""
    tests_passed: bool | None = None
    began: datetime = field(default_factory=lambda: datetime.now(UTC))

    @contextmanager
    def kept(self, phases: Callable[[], list[Phase]], warn: Callable[[str], None]) -> Iterator[None]:
        """Writes the evidence when its block ends, an error included; `warn` is told why where it cannot."""
        try:
            yield
        finally:
            try:
                self.write(phases())
            except (ClientError, BotoCoreError) as error:
                warn(f"The journal lacks who released this and which tests had passed: {error}")

    def write(self, phases: list[Phase]) -> str | None:
        """Adds it to the attempt that was begun since; None where none was. Raises what boto3 raises."""
        made = session(self.environment)
        dynamodb = made.client("dynamodb", config=CLIENT_CONFIG)
        journal = Journal(dynamodb, table=journal_table_name(self.environment.name))
        clients = Clients(
            cloudformation=made.client("cloudformation", config=CLIENT_CONFIG),
            dynamodb=dynamodb,
            ssm=made.client("ssm", config=CLIENT_CONFIG),
        )
        try:
            record = self._ended(journal, clients)
        except dynamodb.exceptions.ResourceNotFoundException:
            # Nothing was ever deployed, and nothing is now.
            return None
        if record is None:
            return None
        at = stamp(datetime.now(UTC))
        body = {"approvals": [{"by": self.by, "how": self.how, "note": self.note, "at": stamp(self.began)}]}
        entry = JournalEntry(
            attempt=record.attempt, kind=EntryKind.APPROVED, at=at, by=self.by, body={**body, **self._about(phases)}
        )
        journal.append(entry)
        return record.attempt

    def _about(self, phases: list[Phase]) -> dict[str, Any]:
        note = "" if self.tests_passed else "left out: SKIP_TESTS was set"
        testing = {} if self.tests_passed is None else {"passed": self.tests_passed, "note": note}
        told = [
            {
                "name": phase.name,
                "began": stamp(phase.began),
                "seconds": round(phase.seconds, 1),
                "state": phase.state,
                "note": phase.note,
            }
            for phase in phases
            if phase.name in ("preparation", "testing")
        ]
        return {"testing": testing, "phases": told}

    def _ended(self, journal: Journal, clients: Clients) -> ReleaseRecord | None:
        """The attempt that was begun since, once its end is written down: by the recorder, or from here."""
        gives_up_at = time.monotonic() + _RECORDER_S
        while (record := self._begun(journal)) is not None and record.outcome is Outcome.RUNNING:
            if time.monotonic() > gives_up_at:
                self._close(clients)
                return self._begun(journal)
            time.sleep(_LOOK_EVERY_S)
        return record

    def _begun(self, journal: Journal) -> ReleaseRecord | None:
        earliest = stamp(self.began - timedelta(seconds=_CLOCKS_S))
        return next((record for record in journal.records(limit=LOOK_BACK) if record.started >= earliest), None)

    def _close(self, clients: Clients) -> None:
        name = self.environment.name
        where = Where(
            environment=name,
            stack=f"Acinaces-{name}-Release",
            table=journal_table_name(name),
            contents_parameter=f"/acinaces/{name}/manifest/contents",
        )
        close(where, clients)
