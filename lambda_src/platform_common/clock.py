"""Time and identifiers: the two things that differ between two equal calls."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime

ID_PATTERN = r"^[a-z0-9][a-z0-9-]{7,63}$"
# Rows of a verification run: they carry a TTL, so that nothing stays even if clean-up never ran.
THROW_AWAY_PREFIX = "smoke-"
THROW_AWAY_SECONDS = 3600

_ID = re.compile(ID_PATTERN.removesuffix("$"))


class Clock:
    """The wall clock, in UTC. Tests hand in another one."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def iso(moment: datetime) -> str:
    """ISO 8601 with microseconds and `Z`, so that text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def new_id(entity: str) -> str:
    """A fresh identifier such as `template-9f0c…`; matches `ID_PATTERN`."""
    return f"{entity}-{uuid.uuid4().hex}"


def is_id(text: str) -> bool:
    """Whether `text` can be an identifier at all."""
    return _ID.fullmatch(text) is not None


def is_throw_away(row_id: str) -> bool:
    """Whether the row belongs to a verification run."""
    return row_id.startswith(THROW_AWAY_PREFIX)


def expiry(moment: datetime) -> int:
    """The `expiresAt` of a throw-away row written at `moment`, in epoch seconds."""
    return int(moment.timestamp()) + THROW_AWAY_SECONDS
