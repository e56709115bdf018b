"""Deployments that another command has started: ended if it was killed, waited for if it lives."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from local import orphans, ports
from local.cloud import EmbeddedCloud
from local.state import ROOT

# Starts a `cdk deploy` as `acinaces deploy` does.
STARTS = """
import sys
from ops import deploy
deploy.run([sys.argv[1], "deploy", "--all"])
"""
CDK = "import time; print('at work', flush=True); time.sleep(60)"


@pytest.fixture
def cloud(tmp_path: Path) -> EmbeddedCloud:
    return EmbeddedCloud(port=ports.free_port(), state=tmp_path / "state")


@pytest.fixture
def command(cloud: EmbeddedCloud, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A command whose cdk is at work."""
    cdk = tmp_path / "cdk"
    cdk.write_text(f"#!{sys.executable}\n{CDK}\n")
    cdk.chmod(0o755)
    process = subprocess.Popen(
        [sys.executable, "-c", STARTS, str(cdk)],
        cwd=ROOT,
        env={**os.environ, "AWS_ENDPOINT_URL": cloud.url},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "at work\n"
    yield process
    for left in orphans.deployments(cloud):
        left.process.kill()
    process.kill()
    process.wait()


def test_the_cdk_of_a_killed_command_is_ended(cloud: EmbeddedCloud, command: subprocess.Popen[str]) -> None:
    (found,) = orphans.deployments(cloud)
    assert not found.left
    command.kill()
    command.wait()
    told: list[str] = []

    orphans.settle(cloud, tell=told.append, time_limit_s=10)

    assert told == [f"Ended a cdk (process {found.process.pid}) whose command had been killed"]
    assert not found.process.is_running() or found.process.status() == psutil.STATUS_ZOMBIE


def test_the_cdk_of_a_living_command_is_waited_for(cloud: EmbeddedCloud, command: subprocess.Popen[str]) -> None:
    (found,) = orphans.deployments(cloud)
    told: list[str] = []

    def tell(text: str) -> None:
        told.append(text)
        threading.Thread(target=found.process.terminate).start()

    orphans.settle(cloud, tell=tell, time_limit_s=30)

    assert told == [f"Waiting for another deployment to this cloud (process {found.process.pid})"]
    assert orphans.deployments(cloud) == []


def test_the_deployment_of_another_cloud_is_not_touched(tmp_path: Path, command: subprocess.Popen[str]) -> None:
    other = EmbeddedCloud(port=ports.free_port(), state=tmp_path / "other")

    assert orphans.deployments(other) == []
