"""One command at a time per state folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local.lock import exclusive
from local.state import ROOT, StateDirectory
from ops.errors import ExitCode, OperatorError

HOLD = """
import sys, time
from pathlib import Path
from local.lock import exclusive
from local.state import StateDirectory
with exclusive(StateDirectory(path=Path(sys.argv[1])), doing="up"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path) -> subprocess.Popen[str]:
    """Another process that holds the lock."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_the_second_hears_who_is_at_work_and_since_when(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    try:
        with pytest.raises(OperatorError) as caught, exclusive(StateDirectory(path=tmp_path), doing="down"):
            pytest.fail("held twice")
    finally:
        holder.kill()
        holder.communicate()

    assert caught.value.code == ExitCode.PRECONDITION
    assert "`up` has been at work here since 20" in str(caught.value)
    assert f"(process {holder.pid})" in str(caught.value)


def test_a_killed_holder_leaves_no_lock(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    os.kill(holder.pid, signal.SIGKILL)
    holder.communicate()

    with exclusive(StateDirectory(path=tmp_path), doing="up"):
        assert (tmp_path / "lock.json").exists()
    assert not (tmp_path / "lock.json").exists()
