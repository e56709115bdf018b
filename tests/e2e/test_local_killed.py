"""Killed at any moment: the next `up` says what it found, and succeeds. Nothing has changed in between."""

from __future__ import annotations

import json
import subprocess
import time

import pytest

from local import orphans, processes
from local.cloud import EmbeddedCloud
from local.loopback import request
from local.processes import ProcessRecord
from local.state import read_json
from ops.errors import ExitCode
from tests.support.laptop import FirstUp, Laptop

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
_LIMIT_S = 120


def kill(laptop: Laptop, name: str) -> None:
    process = processes.running(ProcessRecord.parse(read_json(laptop.state.processes)[name]))
    assert process is not None
    process.kill()
    processes.stop([process])


def succeeds(laptop: Laptop, first_up: FirstUp) -> str:
    """`up`, which ends as the first one did; returns what it told."""
    ended = laptop.up()
    assert ended.code == ExitCode.OK, ended.errors[-3000:]
    again = json.loads(ended.output)
    same = ("site_url", "api_url", "api_key", "verdict")
    assert {name: again[name] for name in same} == {name: first_up.result[name] for name in same}
    assert request(again["site_url"]).status == 200
    templates = request(f"{again['api_url']}/api/templates", headers={"x-api-key": again["api_key"]})
    assert templates.status == 200, templates.body
    return ended.errors


def at_work(laptop: Laptop, cloud: EmbeddedCloud) -> tuple[subprocess.Popen[str], orphans.Deployment]:
    """An `up` whose cdk deploys."""
    laptop.state.deployed.unlink(missing_ok=True)
    command = laptop.start_up()
    deadline = time.monotonic() + _LIMIT_S
    while time.monotonic() < deadline:
        assert command.poll() is None, command.communicate()
        found = orphans.deployments(cloud)
        if found:
            return command, found[0]
        time.sleep(0.05)
    raise AssertionError("cdk did not start")


@pytest.mark.parametrize("name", ["redis", "edge"])
def test_redis_or_the_edge(laptop: Laptop, first_up: FirstUp, name: str) -> None:
    kill(laptop, name)

    succeeds(laptop, first_up)


def test_the_emulator(laptop: Laptop, first_up: FirstUp) -> None:
    kill(laptop, "emulator")

    assert "The emulator had ended without saving (killed?): going back to what was kept" in succeeds(laptop, first_up)


def test_cdk_and_then_up_itself(laptop: Laptop, first_up: FirstUp, cloud: EmbeddedCloud) -> None:
    command, deployment = at_work(laptop, cloud)
    deployment.process.kill()
    _output, errors = command.communicate(timeout=_LIMIT_S)
    assert command.returncode == ExitCode.COULD_NOT_RUN, errors[-2000:]

    command, _deployment = at_work(laptop, cloud)
    command.kill()
    command.communicate()

    succeeds(laptop, first_up)
    assert orphans.deployments(cloud) == []
