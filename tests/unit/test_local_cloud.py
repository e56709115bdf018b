"""Starting and stopping, and what is said when it does not go."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from local import cloud as cloud_module
from local import ports, processes
from local.cloud import EmbeddedCloud
from local.processes import ProcessRecord
from local.state import read_json, write_json
from local.tools import find_tools
from ops.errors import ExitCode, OperatorError


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[EmbeddedCloud]:
    cloud = EmbeddedCloud(port=ports.free_port(), state=tmp_path / "state")
    yield cloud
    cloud.stop()


def test_a_taken_port_is_one_line_with_the_fix(cloud: EmbeddedCloud) -> None:
    with socket.socket() as taken:
        taken.bind((ports.HOST, cloud.port))
        taken.listen()
        with pytest.raises(OperatorError) as caught:
            cloud.start()

    assert caught.value.code == ExitCode.PRECONDITION
    assert str(caught.value).startswith(f"port {cloud.port} is taken by ")
    assert "--port" in caught.value.next_step
    assert read_json(cloud.state.processes) == {}


def test_an_emulator_that_ends_at_once_is_reported_with_its_last_words_and_leaves_nothing(
    cloud: EmbeddedCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'No module named x'\nexit 1\n")
    broken.chmod(0o755)
    found = find_tools()
    monkeypatch.setattr(cloud_module, "find_tools", lambda: replace(found, emulator=broken))

    with pytest.raises(OperatorError) as caught:
        cloud.start()

    assert caught.value.code == ExitCode.COULD_NOT_RUN
    assert str(caught.value) == "emulator ended at once: No module named x"
    assert not cloud.is_running()
    assert processes.belonging_to(cloud.state.temporary) == []
    assert [path.name for path in cloud.state.path.iterdir()] == ["logs"]


def test_it_starts_is_found_again_recovers_and_stops(cloud: EmbeddedCloud) -> None:
    assert cloud.start() is True
    first = read_json(cloud.state.processes)
    assert cloud.start() is False
    assert EmbeddedCloud.find(cloud.state.path) is not None

    kill(first["redis"])
    assert not cloud.is_running()
    assert cloud.start() is False
    assert cloud.is_running()
    second = read_json(cloud.state.processes)
    # Functions have been told this port.
    assert second["redis_port"] == first["redis_port"]
    assert second["emulator"] == first["emulator"]

    kill(second["emulator"])
    assert cloud.start() is True
    third = read_json(cloud.state.processes)
    assert third["emulator"] != second["emulator"]

    write_json(cloud.state.processes, {**third, "edition": "another launcher"})
    assert cloud.start() is True
    assert processes.running(ProcessRecord.parse(third["emulator"])) is None

    cloud.stop()
    assert not cloud.is_running()
    assert ports.is_free(cloud.port)
    assert processes.belonging_to(cloud.state.temporary) == []


def test_a_missing_tool_is_one_line_with_the_fix(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="cdk is not installed") as caught:
        find_tools(project=tmp_path)
    assert caught.value.code == ExitCode.PRECONDITION
    assert caught.value.next_step == "make setup"


def test_a_missing_redis_is_one_line_with_the_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name, **_: None if "redis" in name else sys.executable)
    with pytest.raises(OperatorError, match="redis-server is not installed"):
        find_tools()


def test_the_persons_environment_is_the_clouds_within_the_block_only(
    cloud: EmbeddedCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "company")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    before = dict(os.environ)

    with cloud.selected():
        assert os.environ["AWS_ENDPOINT_URL"] == cloud.url
        assert "AWS_PROFILE" not in os.environ

    assert dict(os.environ) == before


def kill(record: dict[str, float]) -> None:
    """End a recorded process as a crash would."""
    process = processes.running(ProcessRecord.parse(record))
    assert process is not None
    process.kill()
    processes.stop([process])
