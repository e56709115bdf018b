"""The embedded cloud of the end-to-end tests: on a free port, with a state folder of its own, ended by id."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local import ports
from local.cloud import EmbeddedCloud
from local.deploy import bootstrap
from local.edge.settings import EdgePorts
from tests.support.release import Deployment, Installation, install


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    """A started and bootstrapped cloud."""
    cloud = EmbeddedCloud(port=ports.free_port(), state=tmp_path_factory.mktemp("cloud"), edge=EdgePorts.free())
    try:
        cloud.start()
        prepared = bootstrap(cloud=cloud, regions=("eu-central-1", "us-east-1"))
        assert prepared.succeeded, prepared.log.read_text(encoding="utf-8")
        yield cloud
    finally:
        cloud.stop()


@pytest.fixture(scope="session")
def installation(cloud: EmbeddedCloud, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A copy of the project, pointed at the cloud."""
    return install(cloud, tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="session")
def first(installation: Installation) -> Deployment:
    """The first release, of all stacks."""
    return installation.deploy(release_only=False)


# Releases first: they start from an empty cloud. What follows leaves it as it was found.
_ORDER = ("test_release", "test_edge", "test_operations", "test_local_commands")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the modules into the order in which they share one cloud."""
    items.sort(key=lambda item: _ORDER.index(item.path.stem) if item.path.stem in _ORDER else -1)
