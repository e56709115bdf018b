"""From what a person asks for to checked values: which secrets, from where, and everything that is wrong with them."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Collection, Sequence

from rich.console import Console

from environments import Environment
from ops.aws import require_account
from ops.embedded import state_folder
from ops.errors import ExitCode, OperatorError
from ops.secrets import prompting, reading
from ops.secrets.catalogue import FIELDS, secret_id
from ops.secrets.formats import Entered, problems
from ops.secrets.store import SecretStore, State


def known(names: Collection[str], among: Collection[str] = tuple(FIELDS)) -> None:
    """Raises OperatorError (exit code 2) for a name that is not one of `among`, with the one that was meant."""
    for name in names:
        if name not in among:
            close = difflib.get_close_matches(name, among, n=1)
            meant = f" Did you mean {close[0]!r}?" if close else ""
            raise OperatorError(
                f"there is no secret {reading.shown(name)!r}; there are {', '.join(among)}.{meant}",
                error="no-such-secret",
                next_step="use one of these names",
                code=ExitCode.USAGE,
            )


def wanted(only: Sequence[str] | None, any_format: Sequence[str] | None) -> list[str]:
    """The secrets that are meant, in the catalogue's order. Raises as `known`."""
    known([*(only or ()), *(any_format or ())])
    return [name for name in FIELDS if not only or name in only]


def open_store(environment: Environment, console: Console) -> SecretStore:
    """The environment's secrets, of the right account; says which they are."""
    require_account(environment)
    where = f"account {environment.aws.account}, {environment.aws.region}"
    console.print(f"Secrets of {environment.name} ({where}).", markup=False, soft_wrap=True)
    if environment.gate.allow_loopback:
        console.print(
            f"Values stay on this machine: in clear, in {state_folder()}, which only you can read.",
            markup=False,
            soft_wrap=True,
        )
    return SecretStore(environment)


def enter(
    store: SecretStore,
    names: Sequence[str],
    source: str | None,
    console: Console,
    *,
    overwrite: bool,
    any_format: Collection[str],
) -> Entered:
    """Checked values of `names`, from `source` or from a person at a terminal.

    Raises:
        OperatorError: unreadable, or not in order (all of it is listed); nothing is stored then.
    """
    if source is None:
        return prompting.ask(_to_ask(store, names, console, overwrite=overwrite), console, any_format=any_format)
    entered, mistakes = reading.read(source)
    if reading.readable_by_others(source):
        console.print(f"! others can read {source}: chmod 600 {shlex.quote(source)}", markup=False, soft_wrap=True)
    chosen = {name: entered[name] for name in names if name in entered}
    wrong = [*mistakes, *problems(chosen, any_format=any_format)]
    if wrong:
        lines = "".join(f"\n  {line}" for line in wrong)
        raise OperatorError(
            f"{len(wrong)} {'problem' if len(wrong) == 1 else 'problems'}; nothing was stored:{lines}",
            error="secret-format",
            next_step="correct these fields and run the command again",
            code=ExitCode.USAGE,
        )
    return chosen


def _to_ask(store: SecretStore, names: Sequence[str], console: Console, *, overwrite: bool) -> list[str]:
    """What is populated is not asked for again, unless it is to be replaced."""
    if overwrite:
        return list(names)
    found = store.all_current(names)
    kept = [name for name, stored in found.items() if stored.state is State.POPULATED]
    if kept:
        console.print(f"Kept (--overwrite asks for them too): {', '.join(kept)}", markup=False, soft_wrap=True)
    return [name for name in names if name not in kept]


def require_deployed(environment: Environment, states: Collection[State]) -> None:
    """Raises OperatorError (exit code 5) where none of the secrets is there."""
    if states and set(states) == {State.MISSING}:
        raise OperatorError(
            f"{environment.name} has no secrets yet: there is no {secret_id(environment, next(iter(FIELDS)))}",
            error="secrets-not-deployed",
            next_step="make local" if environment.gate.allow_loopback else f"make deploy ENV={environment.name}",
            code=ExitCode.PRECONDITION,
        )


def command(
    env: str,
    source: str | None,
    only: Sequence[str] | None,
    any_format: Sequence[str] | None,
    *,
    overwrite: bool,
) -> str:
    """The same command again, as it is typed."""
    words = ["acinaces", "secrets", "populate", "--env", env]
    words += ["--from", source] if source is not None else []
    for option, names in (("--only", only), ("--any-format", any_format)):
        words += [word for name in names or () for word in (option, name)]
    return shlex.join([*words, *(["--overwrite"] if overwrite else [])])
