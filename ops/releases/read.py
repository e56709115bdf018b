"""Reading the journal, and finding the release that a person means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from botocore.exceptions import ClientError

from environments import Environment
from lambda_src.journal import Journal, ReleaseRecord, journal_table_name
from lambda_src.journal.live import live
from ops.aws import CLIENT_CONFIG, explained, session
from ops.errors import ExitCode, OperatorError

# Entries: some months of releases, in one or two pages.
MANY: Final = 1000
LIVE: Final = "live"


def read_records(environment: Environment, *, entries: int = MANY) -> list[ReleaseRecord]:
    """The attempts in the newest `entries`, newest first.

    Raises:
        OperatorError: there is no journal yet (exit code 5), or AWS cannot be asked.
    """
    table = journal_table_name(environment.name)
    with explained(environment, f"reading the journal {table}"):
        try:
            return Journal(session(environment).client("dynamodb", config=CLIENT_CONFIG), table=table).records(
                limit=entries
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
    raise nothing_deployed(environment)


def nothing_deployed(environment: Environment) -> OperatorError:
    """The error of an environment without any release."""
    return OperatorError(
        f"nothing was ever released in {environment.name}: it has no journal",
        error="nothing-deployed",
        next_step="make local" if environment.gate.allow_loopback else f"make deploy ENV={environment.name}",
        code=ExitCode.PRECONDITION,
    )


def find(records: Sequence[ReleaseRecord], wanted: str, *, environment: str) -> ReleaseRecord:
    """The newest of `records` whose attempt, release id or commit begins with `wanted`; `live` is what serves.

    Raises:
        OperatorError: there is none (exit code 5).
    """
    meant = (record for record in records if _is_meant(record, wanted))
    found = live(records) if wanted == LIVE else next(meant, None)
    if found is not None:
        return found
    raise OperatorError(
        f"the journal of {environment} knows no release {wanted!r}",
        error="release-not-found",
        next_step=f"acinaces releases --env {environment}",
        code=ExitCode.PRECONDITION,
    )


def _is_meant(record: ReleaseRecord, wanted: str) -> bool:
    return bool(wanted) and any(
        value.startswith(wanted) for value in (record.attempt, record.release_id, record.commit)
    )
