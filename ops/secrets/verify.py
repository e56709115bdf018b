"""`acinaces secrets verify`: which secrets, which functions, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from environments import Environment
from ops.errors import ExitCode, OperatorError
from ops.secrets.consumers import functions_of, released_functions
from ops.secrets.proving import Seen, Version, prove
from ops.secrets.store import SecretStore, State, Stored


@dataclass(frozen=True, kw_only=True)
class Verification:
    """`seen` by function; `without`: populated, and read by no function; `skipped`: not populated, or not readable.

    `certain_at`: from then on no instance of a function has a former value.
    """

    seen: list[Seen]
    without: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    certain_at: datetime | None = None

    @property
    def failed(self) -> list[Seen]:
        return [one for one in self.seen if one.problem]


def verify(environment: Environment, store: SecretStore, names: Sequence[str]) -> Verification:
    """Asks every function that reads one of `names`.

    Raises:
        OperatorError: nothing is released, or none of the secrets is populated (exit code 5).
    """
    found = _verify(environment, store, names, functions_of(environment))
    if len(found.skipped) == len(names):
        raise OperatorError(
            f"{environment.name}: none of {', '.join(names)} is populated, or can be read by you",
            error="nothing-populated",
            next_step=f"acinaces secrets status --env {environment.name}",
            code=ExitCode.PRECONDITION,
        )
    return found


def verify_released(environment: Environment, store: SecretStore, names: Sequence[str]) -> Verification | None:
    """As `verify`; None where nothing is released yet that could be asked."""
    functions = released_functions(environment)
    return _verify(environment, store, names, functions) if functions else None


def _verify(
    environment: Environment, store: SecretStore, names: Sequence[str], functions: Mapping[str, Sequence[str]]
) -> Verification:
    found = store.all_current(names)
    populated = {name: stored for name, stored in found.items() if stored.state is State.POPULATED}
    seen = prove(environment, functions, {name: version_of(stored) for name, stored in populated.items()})
    asked = {one.secret for one in seen}
    return Verification(
        seen=seen,
        without=[name for name in populated if name not in asked],
        skipped=[name for name in found if name not in populated],
        certain_at=_certain_at(list(populated.values()), max((one.kept_s for one in seen), default=0.0)),
    )


def version_of(stored: Stored) -> Version:
    """What a function must prove to have."""
    return Version(id=stored.version or "", text=stored.text.get_secret_value().encode())


def failure(environment: Environment, found: Verification) -> OperatorError | None:
    """The error to end with where a function does not see what is stored (exit code 1)."""
    if not found.failed:
        return None
    listed = "; ".join(f"{one.function}, {one.secret}: {one.problem}" for one in found.failed[:10])
    return OperatorError(
        f"{len(found.failed)} of {len(found.seen)} times a function does not see what is stored",
        error="secret-not-seen",
        why=listed,
        next_step=f"acinaces secrets verify --env {environment.name}; if it stays so, look at the function's log",
        code=ExitCode.CHECK_FAILED,
    )


def _certain_at(populated: Sequence[Stored], kept_s: float) -> datetime | None:
    since = max((stored.since for stored in populated if stored.since), default=None)
    moment = since + timedelta(seconds=kept_s) if since else None
    return moment if moment and moment > datetime.now(UTC) else None
