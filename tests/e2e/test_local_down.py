"""The end of a cloud: a crash, and `python -m local down`. The last of those that share it."""

from __future__ import annotations

from pathlib import Path

import pytest

from local import ports
from local.processes import ProcessRecord, running, stop
from local.state import read_json
from ops.errors import ExitCode
from tests.support.laptop import Ended, FirstUp, Laptop

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


def test_a_dead_emulator_is_one_line_with_the_fix(laptop: Laptop, first_up: FirstUp) -> None:
    stop([running(ProcessRecord.parse(read_json(laptop.state.processes)["emulator"]))], grace_s=0)

    ended = laptop.run("status")

    assert (ended.code, ended.output) == (ExitCode.CHECK_FAILED, "")
    assert ended.errors.splitlines()[:2] == [
        "local: the embedded cloud does not run  [cloud-not-running]",
        "next: make local",
    ]


def test_down_keeps_what_was_there_and_clean_removes_it(laptop: Laptop, first_up: FirstUp) -> None:
    assert laptop.up().code == ExitCode.OK
    ended = laptop.run("down")

    assert ended.code == ExitCode.OK, ended.errors
    assert "What it held is kept" in ended.errors
    assert ports.is_free(laptop.port)
    assert not Path(first_up.result["manifest"]).exists()
    assert laptop.run("down") == Ended(code=ExitCode.OK, output="", errors="Nothing runs here.\n")
    back = laptop.up()
    assert back.code == ExitCode.OK, back.errors
    assert "is back" in back.errors
    assert "✓ Build, synthesise and deploy" not in back.errors

    ended = laptop.run("clean")

    assert ended.code == ExitCode.OK, ended.errors
    assert f"Removed: {laptop.state.kept}" in ended.errors
    assert not laptop.state.kept.exists()
    assert not laptop.state.temporary.exists()
    assert (laptop.state.logs / "deploy.log").exists()
