"""What `acinaces secrets rotate` is going to do: decided, said and checked before anybody agrees to it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection
from dataclasses import dataclass

from rich.console import Console

from environments import Environment
from ops.errors import ExitCode, OperatorError
from ops.secrets import entering, replacing, rotating
from ops.secrets.catalogue import API_KEY, FIELDS, OWN, REDIS_AUTH
from ops.secrets.consumers import released_functions
from ops.secrets.proving import Seen, prove
from ops.secrets.store import SecretStore
from ops.secrets.verify import version_of

Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Change:
    """`what` goes on after "about to"; `command` carries it out; `carry_out` returns what functions have proved."""

    what: str
    command: str
    carry_out: Callable[[Tell], list[Seen]]


def refuse_nonsense(name: str, source: str | None, *, back: bool, end_former: bool) -> None:
    """Raises OperatorError (exit code 2): no such secret, or options that it does not take."""
    entering.known([name], [*FIELDS, *OWN])
    if end_former and name != API_KEY:
        raise OperatorError(
            f"--end-former is for {API_KEY}; the former value of {name} is ended where it was made",
            error="wrong-usage",
            next_step="leave out --end-former",
            code=ExitCode.USAGE,
        )
    if (name in OWN and (source is not None or back)) or (back and source is not None):
        raise OperatorError(
            f"{name} takes no value: it is generated" if name in OWN else "--back takes no value",
            error="wrong-usage",
            next_step="leave out --from and --back" if name in OWN else "leave out --from",
            code=ExitCode.USAGE,
        )


def plan(
    environment: Environment,
    store: SecretStore,
    name: str,
    source: str | None,
    console: Console,
    *,
    back: bool,
    end_former: bool,
    any_format: Collection[str],
) -> Change:
    """Raises OperatorError: nothing to replace (5), no value or one that is not in order (2)."""
    words = ["acinaces", "secrets", "rotate", name, "--env", environment.name]
    if name in OWN:
        ending = ", and end the former one at once" if end_former else ""
        return Change(
            what=f"replace {name} by a new generated value{ending}",
            command=shlex.join([*words, *(["--end-former"] if end_former else [])]),
            carry_out=lambda tell: _rotate_own(environment, store, name, tell, end_former=end_former),
        )
    prepared = replacing.prepare(environment, store, name)
    if back:
        former = replacing.former(prepared, store)
        return Change(
            what=f"return {name} to its former value",
            command=shlex.join([*words, "--back"]),
            carry_out=lambda tell: replacing.back(prepared, store, former, tell),
        )
    entered = entering.enter(store, [name], source, console, overwrite=True, any_format=any_format)
    if name not in entered:
        raise OperatorError(
            f"no value for {name} was given; nothing was changed",
            error="secret-format",
            next_step=f"acinaces secrets template shows what {name} needs",
            code=ExitCode.USAGE,
        )
    again = [*(["--from", source] if source is not None else []), *(["--any-format"] if any_format else [])]
    return Change(
        what=f"replace {name} by the value that was entered",
        command=shlex.join([*words, *again]),
        carry_out=lambda tell: replacing.replace(prepared, store, entered[name], tell),
    )


def _rotate_own(environment: Environment, store: SecretStore, name: str, tell: Tell, *, end_former: bool) -> list[Seen]:
    rotating.rotate(environment, store, name, tell=tell)
    tell(f"{name} has its new value")
    if end_former:
        ended = rotating.end_overlap(environment)
        tell(f"former keys ended: {', '.join(ended) or 'there was none'}")
        return []
    if name != REDIS_AUTH:
        hours = environment.credentials.overlap_hours
        tell(f"gate, schedules and this command line use the new key; clients may use the former one for {hours} h")
        return []
    functions = released_functions(environment)
    return prove(environment, functions, {name: version_of(store.current(name))})
