"""Storing what was entered: first what would change, then one secret after the other, each whole or not at all.

Whatever ends the process, a secret has its former value or the new one. Running the command again finds what is
stored already and goes on with the rest (FAULTS F42).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import SecretStr

from ops.interrupts import Interrupts
from ops.secrets.fingerprint import fingerprint
from ops.secrets.formats import Entered
from ops.secrets.store import NotStored, SecretStore, State, Stored


class Action(StrEnum):
    """What is done with one secret."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    # It has another value, and nobody said --overwrite.
    KEEP = "keep"
    # It is not there, or cannot be read.
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One secret: `before` and `after` are fingerprints, None without a value or without the key."""

    name: str
    state: State
    action: Action
    values: Mapping[str, SecretStr] = field(repr=False)
    before: str | None = None
    after: str | None = None
    reason: str = ""

    @property
    def writes(self) -> bool:
        return self.action in (Action.CREATE, Action.UPDATE)


@dataclass(kw_only=True)
class Result:
    """How far it came: names in the order of the steps; `failed` maps a name to the reason."""

    stored: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    interrupted: bool = False


def plan(entered: Entered, store: SecretStore, *, overwrite: bool) -> list[Step]:
    """What storing `entered` would do; changes nothing."""
    key = store.fingerprint_key() if entered else None
    found = store.all_current(entered)
    return [_step(stored, entered[name], key, overwrite=overwrite) for name, stored in found.items()]


def _step(stored: Stored, values: Mapping[str, SecretStr], key: SecretStr | None, *, overwrite: bool) -> Step:
    action, reason = Action.UPDATE, ""
    if stored.state is State.MISSING:
        action, reason = Action.IMPOSSIBLE, "not there: the Secrets stack creates it"
    elif stored.state is State.UNREADABLE:
        # Who may write and not read can still store, when told so.
        action, reason = (Action.UPDATE if overwrite else Action.IMPOSSIBLE), f"cannot be read: {stored.reason}"
    elif stored.state is State.PLACEHOLDER:
        action = Action.CREATE
    elif stored.values == values:
        action = Action.UNCHANGED
    elif stored.state is State.POPULATED and not overwrite:
        action, reason = Action.KEEP, "has another value; --overwrite replaces it"
    return Step(
        name=stored.name,
        state=stored.state,
        action=action,
        values=values,
        before=fingerprint(key, stored.name, stored.values),
        after=fingerprint(key, stored.name, values),
        reason=reason,
    )


def apply(steps: Sequence[Step], store: SecretStore, *, on_stored: Callable[[Step], None]) -> Result:
    """Carries the steps out. Ctrl-C lets the one at hand end and leaves the others; what fails does not stop them."""
    result = Result(failed={step.name: step.reason for step in steps if step.action is Action.IMPOSSIBLE})
    writing = [step for step in steps if step.writes]
    with Interrupts() as interrupts:
        for position, step in enumerate(writing):
            if interrupts.pressed:
                result.left = [later.name for later in writing[position:]]
                break
            try:
                store.put(step.name, step.values)
            except NotStored as problem:
                result.failed[step.name] = f"AWS answered {problem}"
            else:
                result.stored.append(step.name)
                on_stored(step)
        result.interrupted = interrupts.pressed
    return result
