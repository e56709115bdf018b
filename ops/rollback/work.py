"""Carrying a rollback out: every step may be repeated, so that going on after a crash is doing it once more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from lambda_src.operations import aliases
from lambda_src.operations.aliases import AliasMoved, Move
from lambda_src.operations.releases import moves_of, restores_of
from lambda_src.operations.site import ObjectChanged, Restore
from ops.rollback.diary import Diary
from ops.rollback.shifts import stop_shifts
from ops.surroundings import AT_ONCE, Surroundings

T = TypeVar("T")
# What one step may fail with, while the others go on.
PROBLEMS = (ClientError, BotoCoreError, AliasMoved, ObjectChanged)
DONE = "done"
UNCHANGED = "was there already"
FAILED = "failed"


class Progress(Protocol):
    """Told what happens, in the main thread."""

    def step(self, name: str, outcome: str, problem: str = "") -> None:
        """A step has ended."""

    def warn(self, message: str) -> None:
        """Something that does not stop it, and that people should know."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """What is to be done: where each alias and object goes, in this direction."""

    id: str
    moves: tuple[Move, ...]
    restores: tuple[Restore, ...]
    # Functions whose traffic is being shifted; None where nobody has looked.
    shifting: tuple[str, ...] | None = None

    @classmethod
    def of(cls, operation: str, intent: Mapping[str, Any]) -> Work:
        """The work of a rollback, from its intent in the journal."""
        return cls(id=operation, moves=tuple(moves_of(intent)), restores=tuple(restores_of(intent)))

    def back(self) -> Work:
        """The work that undoes it."""
        return Work(
            id=self.id,
            moves=tuple(move.back() for move in self.moves),
            restores=tuple(item.back() for item in self.restores),
        )


@dataclass(kw_only=True)
class Done:
    """What became of the work. `problems`: a line each; empty where everything is where it should be."""

    moved: int = 0
    restored: int = 0
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def move_aliases(around: Surroundings, work: Work, diary: Diary, progress: Progress, done: Done) -> None:
    """Ends a shift of traffic, and moves all aliases at the same time; each is verified by AWS's answer."""
    client = around.client("lambda")
    _end_shifts(around, work, progress, done)

    def step(target: Move) -> tuple[str, str]:
        outcome, problem = attempt(lambda: aliases.move(client, target))
        note(diary, done, f"alias {target.function}", outcome, problem)
        return outcome, problem

    for target, (outcome, problem) in at_once(step, work.moves):
        progress.step(f"{target.function}: version {target.from_version} -> {target.to_version}", outcome, problem)
        done.moved += outcome == DONE
        if problem:
            done.problems.append(problem)


def _end_shifts(around: Surroundings, work: Work, progress: Progress, done: Done) -> None:
    shifting = work.shifting
    if shifting is None:
        client = around.client("lambda")
        now = [served for _, served in at_once(lambda move: aliases.served(client, move.function), work.moves)]
        shifting = tuple(served.function for served in now if served is not None and served.shifting)
    if not shifting:
        return
    try:
        stopped = stop_shifts(around.client("codedeploy"), shifting)
    except PROBLEMS as error:
        done.warnings.append(f"shifts of traffic could not be looked for in CodeDeploy: {error}")
        progress.warn(done.warnings[-1])
        return
    for deployment in stopped:
        progress.step(f"traffic shift {deployment}", "stopped")


def attempt(change: Callable[[], bool]) -> tuple[str, str]:
    """The outcome of one change, and its problem."""
    try:
        return (DONE if change() else UNCHANGED), ""
    except PROBLEMS as error:
        return FAILED, str(error)


def note(diary: Diary, done: Done, name: str, outcome: str, problem: str) -> None:
    """Tells the journal. What was done stands even where that fails: a repetition finds it done."""
    try:
        diary.step(name, outcome=outcome, problem=problem)
    except (ClientError, BotoCoreError) as error:
        done.warnings.append(f"the journal does not know about {name}: {error}")


def at_once(function: Callable[[Any], T], items: Sequence[Any] | Iterable[Any]) -> list[tuple[Any, T]]:
    """Each item with what `function` makes of it, in the items' order; those under way end before Ctrl-C does."""
    wanted = list(items)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        futures: dict[Future[T], int] = {pool.submit(function, item): at for at, item in enumerate(wanted)}
        try:
            for future in as_completed(futures):
                future.result()
        except BaseException:
            for future in futures:
                future.cancel()
            raise
    return [(wanted[at], future.result()) for future, at in futures.items()]
