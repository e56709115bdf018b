"""F31, F42: a rollback that stops anywhere. Killed at each of its changes, it is finished or undone by one command."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from lambda_src.operations import releases
from lambda_src.operations.entries import recent
from lambda_src.operations.lease import holder
from lambda_src.operations.releases import Chronicle, chronicle
from ops.errors import ExitCode
from ops.rollback import operation, site_work, targets, verify  # noqa: F401 - imported before the forks
from ops.rollback.verify import verify as _verify  # noqa: F401
from tests.support import emulator
from tests.support.killed import Ended, Stop, run
from tests.support.rollbacks import ENVIRONMENT, NEW, NEW_SITE, OLD, OLD_SITE, World

pytestmark = pytest.mark.timeout(300)

ASSETS = {key: text for key, text in NEW_SITE.items() if key.startswith("_next/")}
BACK = {**ASSETS, **OLD_SITE}
# How many changes a rollback of the world makes: lock, intent, hold, each step, its end, lock.
CHANGES = {"backend": 30, "frontend": 18, "release": 42}
# What is verified is another test's matter.
VERIFIED = {"ops.rollback.verify.verify": lambda *_: ("passed", ExitCode.OK)}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Twelve functions and a site, on an emulator of its own."""
    with emulator.running(tmp_path_factory.mktemp("emulator")) as url:
        world = World(url)
        world.build()
        yield world


@pytest.fixture
def world(built: World) -> Iterator[World]:
    yield built
    built.reset()


class Operator:
    """Runs `acinaces rollback` as a process of its own, and looks at what the journal says afterwards."""

    def __init__(self, world: World, directory: Path) -> None:
        self._world = world
        self._directory = directory

    def rollback(self, scope: str, *more: str, stop: Stop | None = None) -> Ended:
        arguments = ["rollback", scope, "--env", ENVIRONMENT, "--yes", *more]
        return run(arguments, variables=self._world.variables(), directory=self._directory, stop=stop, patches=VERIFIED)

    def chronicle(self) -> Chronicle:
        return chronicle(recent(self._world.client("dynamodb"), f"{ENVIRONMENT}-crypto-trading-journal"))


@pytest.fixture
def operator(world: World, tmp_path: Path) -> Operator:
    return Operator(world, tmp_path)


def expected(world: World, scope: str, *, back: bool) -> tuple[dict[str, int], dict[str, str]]:
    """Versions and files after a rollback of `scope`, or without it."""
    version = 1 if back and scope != "frontend" else 2
    return dict.fromkeys(world.functions, version), BACK if back and scope != "backend" else NEW_SITE


def points(scope: str) -> list[tuple[str, Stop]]:
    """Changes of a rollback at which it is killed: around its intent, between its steps, around its end."""
    last = CHANGES[scope]
    chosen = sorted({2, 3, 4, last // 3, 2 * last // 3, last - 1} | ({1, last} if scope == "release" else set()))
    return [(scope, Stop(at=at, when="before" if number % 2 else "after")) for number, at in enumerate(chosen, start=1)]


@pytest.mark.parametrize(
    ("scope", "stop"),
    [*points("backend"), *points("frontend"), *points("release")],
    ids=lambda value: value if isinstance(value, str) else f"{value.when}-{value.at}",
)
def test_a_killed_rollback_is_finished_or_undone(world: World, operator: Operator, scope: str, stop: Stop) -> None:
    killed = operator.rollback(scope, stop=stop)

    assert killed.code == 128 + signal.SIGKILL, f"{killed.changes} {killed.output}"
    assert whole(world.site())
    begun = operator.chronicle().operations
    back = stop.at % 2 == 0
    if not begun:
        # Killed before the intent: as if it had never been called.
        assert (world.state().functions, world.state().site) == expected(world, scope, back=False)
        assert operator.rollback(scope, "--resume").code == ExitCode.PRECONDITION
        assert operator.rollback(scope).code == ExitCode.OK
    elif begun[0].is_over:
        assert operator.rollback(scope, "--resume").code == ExitCode.PRECONDITION
    else:
        assert operator.rollback(scope).code == ExitCode.PRECONDITION, "another is begun on top of it"
        ended = operator.rollback(scope, "--revert" if back else "--resume")
        assert ended.code == ExitCode.OK, ended.output
    settled(world, operator, scope, back=not (begun and not begun[0].is_over and back))


def settled(world: World, operator: Operator, scope: str, *, back: bool) -> None:
    """Everything serves one release, the journal says which, the hold is as it is to be, and nobody is locked out."""
    state, told = world.state(), operator.chronicle()
    assert (state.functions, state.site) == expected(world, scope, back=back)
    assert told.unfinished is None
    parts = releases.SCOPES[scope]
    assert {told.serving[part] for part in parts} == {OLD if back else NEW}
    assert (world.hold() is not None) is back
    assert holder(world.client("dynamodb"), f"{ENVIRONMENT}-crypto-trading-journal") is None


def whole(site: dict[str, str]) -> bool:
    """No page is there without what it needs: hashed assets are never taken away, and come first."""
    return site.items() >= ASSETS.items() and {"index.html", "lists.html", "config.json"} <= site.keys()


@pytest.mark.parametrize("scope", CHANGES)
def test_every_change_is_a_point_at_which_it_is_killed(operator: Operator, scope: str) -> None:
    ended = operator.rollback(scope)

    assert (ended.code, len(ended.changes)) == (ExitCode.OK, CHANGES[scope]), ended.changes
    # Nothing is moved before the journal knows the intent, and deployments are on hold.
    assert ended.changes[:3] == ["PutItem", "PutItem", "PutParameter"]


@pytest.mark.parametrize("scope", ["backend", "frontend"])
def test_ctrl_c_leaves_a_command_to_go_on_with(world: World, operator: Operator, scope: str) -> None:
    stopped = operator.rollback(scope, stop=Stop(at=7, when="after", by=signal.SIGINT))

    assert stopped.code == ExitCode.INTERRUPTED, stopped.output
    assert f"acinaces rollback {scope} --env {ENVIRONMENT} --resume (or --revert)" in stopped.output
    unfinished = operator.chronicle().unfinished
    assert unfinished is not None
    assert unfinished.outcome == releases.INTERRUPTED
    # The lock is given back: nobody waits for it to run out.
    assert operator.rollback(scope, "--resume").code == ExitCode.OK
    settled(world, operator, scope, back=True)
