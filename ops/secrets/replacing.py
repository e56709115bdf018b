"""A new value for a credential of somebody else: pending, proved by the functions that use it, then current.

The former value stays beside it (AWSPREVIOUS), and `back` returns to it. Ended anywhere, the secret has the former
value or the new one, and the same command goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from pydantic import SecretStr

from environments import Environment
from ops.errors import ExitCode, OperatorError
from ops.interrupts import Interrupts
from ops.secrets.consumers import released_functions
from ops.secrets.proving import Seen, Version, prove
from ops.secrets.store import CURRENT, PENDING, PREVIOUS, NotStored, SecretStore, State, Stored
from ops.secrets.verify import version_of

Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Replacement:
    """What is replaced: `before` is stored now. `functions` are asked, each for its secrets; none without a release."""

    environment: Environment
    name: str
    before: Stored
    functions: Mapping[str, list[str]] = field(default_factory=dict)


def prepare(environment: Environment, store: SecretStore, name: str) -> Replacement:
    """Raises OperatorError (exit code 5) where nothing is stored yet: that is populate's."""
    before = store.current(name)
    if before.state is not State.POPULATED:
        raise OperatorError(
            f"{name} of {environment.name} is {before.state}: there is nothing to replace",
            error="nothing-populated",
            next_step=f"acinaces secrets populate --env {environment.name} --only {name}",
            code=ExitCode.PRECONDITION,
        )
    functions = released_functions(environment)
    return Replacement(environment=environment, name=name, before=before, functions=functions)


def replace(what: Replacement, store: SecretStore, values: Mapping[str, SecretStr], tell: Tell) -> list[Seen]:
    """Makes `values` current; returns what the functions have proved of it.

    Raises:
        OperatorError: a function cannot use them (1), AWS refused (3), interrupted (130); the message says which value
            the secret has.
    """
    if what.before.values == values:
        tell(f"{what.name} has these values already")
        return _proved_current(what, store)
    with _explained(what, store) as interrupts:
        pending = _pending(what, store, values)
        tell("stored as pending; the former value is in use")
        _stop_if(interrupts)
        seen = _prove(what, pending, stage=PENDING)
        _refuse(what, store, seen, pending)
        tell("proved by every function that uses it" if seen else "no function is released that could prove it")
        _stop_if(interrupts)
        store.move_stage(what.name, CURRENT, to=pending.id, away_from=what.before.version)
        store.move_stage(what.name, PENDING, to=None, away_from=pending.id)
        tell("in use; the former value is kept beside it")
    return _proved_current(what, store)


def former(what: Replacement, store: SecretStore) -> Stored:
    """What was in use before. Raises OperatorError (exit code 5) where nothing was."""
    found = store.current(what.name, stage=PREVIOUS)
    if found.state is not State.POPULATED:
        raise OperatorError(
            f"{what.name} has no former value to return to",
            error="no-former-value",
            next_step=f"acinaces secrets rotate {what.name} --env {what.environment.name}",
            code=ExitCode.PRECONDITION,
        )
    return found


def back(what: Replacement, store: SecretStore, to: Stored, tell: Tell) -> list[Seen]:
    """Returns to `to`, the former value; the present one is kept beside it. Raises as `replace`."""
    with _explained(what, store):
        store.move_stage(what.name, CURRENT, to=to.version, away_from=what.before.version)
        tell("the former value is in use again")
    return _proved_current(what, store)


def _pending(what: Replacement, store: SecretStore, values: Mapping[str, SecretStr]) -> Version:
    """The pending version with `values`; one that an interrupted command left is used again."""
    found = store.current(what.name, stage=PENDING)
    if found.values != values:
        if found.version is not None:
            store.move_stage(what.name, PENDING, to=None, away_from=found.version)
        store.put(what.name, values, stage=PENDING)
        found = store.current(what.name, stage=PENDING)
    return version_of(found)


def _prove(what: Replacement, version: Version, *, stage: str) -> list[Seen]:
    return prove(what.environment, what.functions, {what.name: version}, stage=stage)


def _proved_current(what: Replacement, store: SecretStore) -> list[Seen]:
    seen = _prove(what, version_of(store.current(what.name)), stage=CURRENT)
    failed = [one for one in seen if one.problem]
    if failed:
        raise _not_seen(what, failed, f"{what.name} has its new value, and")
    return seen


def _refuse(what: Replacement, store: SecretStore, seen: list[Seen], pending: Version) -> None:
    failed = [one for one in seen if one.problem]
    if failed:
        store.move_stage(what.name, PENDING, to=None, away_from=pending.id)
        raise _not_seen(what, failed, f"{what.name} keeps its former value:")


def _not_seen(what: Replacement, failed: list[Seen], beginning: str) -> OperatorError:
    return OperatorError(
        f"{beginning} {len(failed)} functions cannot use the new one",
        error="secret-not-seen",
        why="; ".join(f"{one.function}: {one.problem}" for one in failed),
        next_step=f"acinaces secrets verify --env {what.environment.name} --only {what.name}",
        code=ExitCode.CHECK_FAILED,
    )


class _Stopped(Exception):
    """Ctrl-C between two steps."""


def _stop_if(interrupts: Interrupts) -> None:
    if interrupts.pressed:
        raise _Stopped


@contextmanager
def _explained(what: Replacement, store: SecretStore) -> Iterator[Interrupts]:
    """Ctrl-C and refusals in the middle, as an OperatorError that says which value the secret has."""
    reason: str | None = None
    with Interrupts() as interrupts:
        try:
            yield interrupts
        except _Stopped:
            reason = ""
        except NotStored as problem:
            reason = f"AWS answered {problem}"
    if reason is None and not interrupts.pressed:
        return
    same = store.current(what.name).version == what.before.version
    which = f"{what.name} has its {'former' if same else 'new'} value"
    if reason:
        raise OperatorError(
            f"not finished: {reason}; {which}",
            error="secret-not-replaced",
            next_step=f"acinaces secrets rotate {what.name} --env {what.environment.name}",
        )
    raise OperatorError(
        f"interrupted; {which}",
        error="interrupted",
        next_step="run the same command again: it goes on from here",
        code=ExitCode.INTERRUPTED,
    )
