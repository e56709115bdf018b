"""A command is bounded in time, and nothing that it started outlives it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from frontend_deploy import SiteBuildError
from frontend_deploy.commands import Step, run
from frontend_deploy.node import find_node

# Starts a worker that would stay, says who it is, then does as it is told.
PARENT = """
import { spawn } from "node:child_process";
import fs from "node:fs";
const worker = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
fs.writeFileSync("worker.partial", String(worker.pid));
fs.renameSync("worker.partial", "worker");
console.log("started");
if (process.argv[2] === "hang") setInterval(() => {}, 1000); else process.exit(0);
"""


def step(*arguments: str, timeout_s: float = 60) -> Step:
    return Step(title="Trying", arguments=arguments, repeat="try again", timeout_s=timeout_s)


def wait_until_gone(pid: int) -> None:
    """A killed process may be a zombie until it is reaped; it runs nothing any more then."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return
        if state == "Z":
            return
    raise AssertionError(f"process {pid} still runs")


@pytest.mark.parametrize("ending", ["hang", "exit"])
def test_no_worker_is_left(tmp_path: Path, ending: str) -> None:
    (tmp_path / "parent.mjs").write_text(PARENT, encoding="utf-8")
    log = tmp_path / "log"
    if ending == "hang":
        with pytest.raises(SiteBuildError, match=r"(?s)Trying took longer than 2 s.*started.*try again"):
            run(step("parent.mjs", ending, timeout_s=2), frontend=tmp_path, log=log, node=find_node())
    else:
        run(step("parent.mjs", ending), frontend=tmp_path, log=log, node=find_node())
    wait_until_gone(int((tmp_path / "worker").read_text(encoding="utf-8")))


def test_the_error_has_the_last_lines_only_and_the_whole_log_is_kept(tmp_path: Path) -> None:
    program = "for (let i = 0; i < 1000; i++) console.log('line ' + i); process.exitCode = 1"
    with pytest.raises(SiteBuildError) as failure:
        run(step("-e", program), frontend=tmp_path, log=tmp_path / "log", node=find_node())
    assert "line 999" in str(failure.value)
    assert "line 900" not in str(failure.value)
    assert "line 0\n" in (tmp_path / "log").read_text(encoding="utf-8")


def test_the_projects_node_comes_first_and_nothing_is_reported_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/elsewhere")
    node, log = find_node(), tmp_path / "log"
    program = "console.log(process.env.PATH, process.env.NEXT_TELEMETRY_DISABLED, process.version)"
    run(step("-e", program), frontend=tmp_path, log=log, node=node)
    path = os.pathsep.join([str(node.executable.parent), "/elsewhere"])
    assert log.read_text(encoding="utf-8").split() == [path, "1", f"v{node.version}"]
