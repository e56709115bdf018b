"""`acinaces secrets status`: how each secret stands, how old it is, when it is due, who reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from environments import Environment
from ops.secrets.catalogue import FIELDS, OWN, secret_id
from ops.secrets.fingerprint import fingerprint
from ops.secrets.store import PENDING, SecretStore, State, Stored


@dataclass(frozen=True, kw_only=True)
class Row:
    """One secret. Ages in days; `due`: when it is to be rotated, None for a placeholder."""

    name: str
    id: str
    state: State
    age_days: int | None
    due: datetime | None
    by: str
    consumers: Sequence[str]
    fingerprint: str | None
    # A rotation has begun and has not ended.
    pending: bool = False

    @property
    def overdue(self) -> bool:
        return self.due is not None and self.due < datetime.now(UTC)

    def document(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "secret": self.name,
            "id": self.id,
            "state": self.state.value,
            "ageDays": self.age_days,
            "rotationDue": self.due.date().isoformat() if self.due else None,
            "overdue": self.overdue,
            "rotatedBy": self.by,
            "rotationPending": self.pending,
            "consumers": list(self.consumers),
            "fingerprint": self.fingerprint,
        }


def rows(environment: Environment, store: SecretStore, consumers: Mapping[str, Sequence[str]]) -> list[Row]:
    """Every secret, in the catalogue's order; the generated ones last."""
    names = [*FIELDS, *OWN]
    key = store.fingerprint_key()
    found = store.all_current(names)
    with ThreadPoolExecutor(8) as pool:
        described = dict(zip(names, pool.map(store.describe, names), strict=True))
    return [
        _row(
            environment,
            stored,
            fingerprint=fingerprint(key, name, stored.values),
            consumers=consumers.get(name, ()),
            pending=_has_pending(described[name]),
        )
        for name, stored in found.items()
    ]


def _row(
    environment: Environment, stored: Stored, *, fingerprint: str | None, consumers: Sequence[str], pending: bool
) -> Row:
    own = stored.name in OWN
    settings = environment.credentials
    usable = stored.state is State.POPULATED and stored.since is not None
    since = stored.since.astimezone(UTC) if usable and stored.since else None
    days = settings.rotation_days if own else settings.max_age_days
    return Row(
        name=stored.name,
        id=secret_id(environment, stored.name),
        state=stored.state,
        age_days=(datetime.now(UTC) - since).days if since else None,
        due=since + timedelta(days=days) if since else None,
        by="schedule" if own else "people",
        consumers=consumers,
        fingerprint=fingerprint,
        pending=pending,
    )


def _has_pending(description: Any) -> bool:
    """A version that is to become the current one, and is not."""
    stages = (description or {}).get("VersionIdsToStages", {}).values()
    return any(PENDING in own and "AWSCURRENT" not in own for own in stages)
