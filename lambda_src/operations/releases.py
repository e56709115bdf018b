"""Which releases there were, which one serves, and which one a rollback goes back to. No AWS here.

The command and the alarm's state machine both ask this, so that they go back to the same release.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from lambda_src.operations.aliases import Move
from lambda_src.operations.entries import Entry
from lambda_src.operations.site import Restore

Part = Literal["functions", "site"]
PARTS: Final[tuple[Part, ...]] = ("functions", "site")
# What a rollback may be of; each names the parts that it moves.
SCOPES: Final[dict[str, tuple[Part, ...]]] = {"backend": ("functions",), "frontend": ("site",), "release": PARTS}

ROLLBACK: Final = "rollback"
# Events of an operation, in their order.
INTENT: Final = "intent"
STEP: Final = "step"
ENDED: Final = "ended"
# How an operation ended. `partial` and `interrupted` are not over: it is resumed or reverted.
ROLLED_BACK: Final = "rolled back"
REVERTED: Final = "reverted"
# The release after it has its own versions and files everywhere again.
SETTLED: Final = "settled"
PARTIAL: Final = "partial"
INTERRUPTED: Final = "interrupted"


@dataclass(frozen=True, kw_only=True)
class Release:
    """One attempt to release. `functions`: name -> version; `site`: key -> S3 version id; both as it served them."""

    attempt: str
    started: str
    release_id: str = "unknown"
    commit: str = "unknown"
    author: str = "unknown"
    by: str = "unknown"
    verdict: str = ""
    outcome: str = "running"
    functions: Mapping[str, int] = field(default_factory=dict)
    site: Mapping[str, str] = field(default_factory=dict)

    @property
    def accepted(self) -> bool:
        """Whether its gate let it serve: only then does the journal know its state."""
        return bool(self.functions or self.site)

    @property
    def stands(self) -> bool:
        """Whether it was let serve, and nothing has put it back since."""
        return self.accepted and self.outcome in ("running", "released")

    @property
    def passed(self) -> bool:
        """Whether every check that counts passed, and nothing has put it back since."""
        return self.stands and self.verdict == "passed"


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One rollback. `intent` is the body that it began with; `outcome` is empty while it is not over."""

    id: str
    at: str
    by: str
    intent: Mapping[str, Any]
    steps: tuple[Mapping[str, Any], ...] = ()
    outcome: str = ""
    serving: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do for it."""
        return self.outcome in (ROLLED_BACK, REVERTED, SETTLED)


@dataclass(frozen=True, kw_only=True)
class Chronicle:
    """What the journal tells, newest first. `serving`: part -> attempt of the release that it is of."""

    releases: tuple[Release, ...]
    operations: tuple[Operation, ...]
    serving: Mapping[str, str]

    @property
    def unfinished(self) -> Operation | None:
        """The rollback that is to be resumed or reverted; a release since then has made it void."""
        last = self._last
        return last if last is not None and not last.is_over else None

    @property
    def in_force(self) -> Operation | None:
        """The rollback that decides what serves: nothing was released since."""
        last = self._last
        return last if last is not None and last.outcome == ROLLED_BACK else None

    @property
    def _last(self) -> Operation | None:
        newest = max((release.started for release in self.releases if release.stands), default="")
        return next((operation for operation in self.operations[:1] if operation.at > newest), None)

    def release(self, attempt: str | None) -> Release | None:
        """The release of an attempt."""
        return next((release for release in self.releases if release.attempt == attempt), None)

    def live(self, parts: Sequence[Part] = PARTS) -> Release | None:
        """What serves; where its parts are of different releases, the newer one."""
        found = [self.release(self.serving.get(part)) for part in parts]
        return max((release for release in found if release), key=lambda release: release.started, default=None)

    def candidates(self, parts: Sequence[Part] = PARTS) -> list[Release]:
        """Releases that passed before what serves, newest first; the first is where a rollback goes by itself."""
        live = self.live(parts)
        if live is None:
            return []
        return [release for release in self.releases if release.passed and release.started < live.started]


def intent_of(
    scope: str,
    target: Release,
    *,
    left: Mapping[str, str],
    moves: Iterable[Move],
    restores: Iterable[Restore],
) -> dict[str, Any]:
    """What the journal is told before anything changes: enough to go on with, and to go back from.

    `left`: part -> attempt of the release that is left.
    """
    return {
        "scope": scope,
        "target": target.attempt,
        "release_id": target.release_id,
        "from": dict(left),
        "moves": [move.document() for move in moves],
        "objects": [[item.key, item.from_version, item.to_version] for item in restores],
    }


def moves_of(intent: Mapping[str, Any]) -> list[Move]:
    """The aliases that an intent moves."""
    return [Move(**move) for move in intent.get("moves", ())]


def restores_of(intent: Mapping[str, Any]) -> list[Restore]:
    """The files that an intent restores."""
    return [Restore(key=key, from_version=before, to_version=after) for key, before, after in intent.get("objects", ())]


def chronicle(entries: Iterable[Entry]) -> Chronicle:
    """What `entries`, in any order, tell."""
    ordered = sorted(entries, key=lambda entry: (entry.at, entry.kind))
    by_attempt: dict[str, list[Entry]] = {}
    for entry in ordered:
        by_attempt.setdefault(entry.attempt, []).append(entry)
    releases = [release for found in by_attempt.values() if (release := _release(found))]
    operations = [operation for found in by_attempt.values() if (operation := _operation(found))]
    releases.sort(key=lambda release: release.started, reverse=True)
    operations.sort(key=lambda operation: operation.at, reverse=True)
    return Chronicle(releases=tuple(releases), operations=tuple(operations), serving=_serving(releases, operations))


def _release(entries: Sequence[Entry]) -> Release | None:
    """As `lambda_src.journal.assemble`: later entries say more, and a rollback is the outcome."""
    told = [entry for entry in entries if entry.kind not in ("operation", "approved")]
    if not any(entry.kind in ("started", "judged") for entry in told):
        return None
    values: dict[str, Any] = {}
    for entry in told:
        values |= entry.body
        if entry.kind == "rolled-back":
            values["outcome"] = "rolled-back"
    state = values.get("state") or {}
    return Release(
        attempt=told[0].attempt,
        started=told[0].at,
        release_id=str(values.get("release_id") or "unknown"),
        commit=str(values.get("commit") or "unknown"),
        author=str(values.get("author") or "unknown"),
        by=told[0].by,
        verdict=str(values.get("verdict") or ""),
        outcome=str(values.get("outcome") or "running"),
        functions={name: int(version) for name, version in (state.get("functions") or {}).items()},
        site=dict(state.get("site") or {}),
    )


def _operation(entries: Sequence[Entry]) -> Operation | None:
    told = [entry for entry in entries if entry.kind == "operation" and entry.body.get("operation") == ROLLBACK]
    begun = next((entry for entry in told if entry.body.get("event") == INTENT), None)
    if begun is None:
        return None
    ended = [entry.body for entry in told if entry.body.get("event") == ENDED]
    return Operation(
        id=begun.attempt,
        at=begun.at,
        by=begun.by,
        intent=begun.body,
        steps=tuple(entry.body for entry in told if entry.body.get("event") == STEP),
        outcome=str(ended[-1]["outcome"]) if ended else "",
        serving=dict(ended[-1].get("serving") or {}) if ended else {},
    )


def _serving(releases: Sequence[Release], operations: Sequence[Operation]) -> dict[str, str]:
    """By the newest release that is not known to have failed, and the rollbacks after it."""
    # A rollback by a person leaves "rolled-back" on the release that it left, which served until then.
    left = {attempt for operation in operations for attempt in dict(operation.intent.get("from") or {}).values()}
    served = [item for item in releases if item.stands or (item.accepted and item.attempt in left)]
    if not served:
        return {}
    serving: dict[str, str] = dict.fromkeys(PARTS, served[0].attempt)
    for operation in reversed(operations):
        if operation.at > served[0].started:
            serving |= operation.serving
    return serving
