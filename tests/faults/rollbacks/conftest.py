"""One small environment for these tests, as it was before each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ops import surroundings
from ops.surroundings import Surroundings
from tests.support import emulator
from tests.support.rollbacks import World
from tests.support.rolling_back import NAMES, Progress


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with emulator.running(tmp_path_factory.mktemp("emulator")) as url:
        world = World(url, functions=NAMES)
        world.build()
        yield world


@pytest.fixture
def world(built: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name, value in built.variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(surroundings, "session", lambda _: built.session)
    yield built
    built.reset()


@pytest.fixture
def around(world: World) -> Surroundings:
    return Surroundings(world.environment)


@pytest.fixture
def progress() -> Progress:
    return Progress()
