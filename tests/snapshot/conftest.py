"""Snapshots are small, one per construct, and meant to be read: `pytest --snapshot-update` after a change."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.support.snapshots import Readable


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """The reviewed template of the test's construct."""
    return snapshot.use_extension(Readable)
