"""The embedded clouds of the end-to-end tests: on a free port, with a state folder of its own, ended by id.

With two workers there are two clouds: one is released to, again and again; the other is what everybody else looks at.
The rehearsal of the first day begins with an account of its own, on whichever worker is free.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from local import ports
from local.cloud import EmbeddedCloud
from local.state import StateDirectory
from tests.support.laptop import FirstUp, Laptop, impatient_environments
from tests.support.release import Deployment, Installation, install


@pytest.fixture(scope="session")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    """Nothing runs there yet; whatever runs there in the end is stopped."""
    folder = tmp_path_factory.mktemp("laptop")
    laptop = Laptop(
        port=ports.free_port(),
        state=StateDirectory(path=folder / "state"),
        environments=impatient_environments(folder / "environments"),
    )
    try:
        yield laptop
    finally:
        EmbeddedCloud(port=laptop.port, state=laptop.state.path).clear()


@pytest.fixture(scope="session")
def first_up(laptop: Laptop) -> FirstUp:
    """`python -m local up`, for the first time; while it is at work, another one is tried."""
    ended, at_the_same_time = laptop.up_twice()
    return FirstUp(ended=ended, at_the_same_time=at_the_same_time)


@pytest.fixture(scope="session")
def cloud(laptop: Laptop, first_up: FirstUp) -> EmbeddedCloud:
    """A cloud to which all stacks were deployed."""
    assert first_up.ended.code == 0, first_up.ended.errors[-4000:]
    cloud = EmbeddedCloud.find(laptop.state.path)
    assert cloud is not None
    return cloud


@pytest.fixture(scope="session")
def installation(cloud: EmbeddedCloud, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A copy of the project, pointed at the cloud."""
    return install(cloud, tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="session")
def first(installation: Installation) -> Deployment:
    """The first release, of all stacks."""
    return installation.first()


# Who shares a cloud does so in this order; what is not named here goes before the last. Whoever changes something
# leaves it as it was found.
_ORDER = ("test_local_up", "test_release", "test_edge", "test_local_killed", "test_operations", "", "test_local_down")
# Modules with a cloud of their own where there are two workers; all others share another.
_APART = ("test_release.py", "test_first_day.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the modules into the order in which they share a cloud."""
    items.sort(key=lambda item: _ORDER.index(item.path.stem if item.path.stem in _ORDER else ""))


class OneWorkerPerCloud(LoadScopeScheduling):  # type: ignore[misc]  # without types
    """Gives each worker the modules that share a cloud, whole and in order."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return module if module.endswith(_APART) else "shared"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneWorkerPerCloud:
    """Instead of `--dist`, which knows files but not who shares a cloud."""
    return OneWorkerPerCloud(config, log)
