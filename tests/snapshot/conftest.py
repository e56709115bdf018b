"""Snapshots are small, one per construct, and meant to be read: `make snapshots` after a change that is meant."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.support.snapshots import Readable


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """The reviewed template of the test's construct."""
    return snapshot.use_extension(Readable)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Says below the difference what to do with it."""
    report = yield
    if call.when == "call" and report.failed:
        advice = (
            f"{item.name}: a construct has become something else than what was reviewed (- before, + now).\n"
            "Meant:     make snapshots, then review and commit what `git diff tests/snapshot` shows.\n"
            "Not meant: undo the change of the construct; the difference above names the properties."
        )
        report.sections.append(("what to do", advice))
    return report
