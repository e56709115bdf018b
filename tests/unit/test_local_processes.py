"""Processes by identity, and their end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from local import ports, processes
from local.processes import ProcessRecord
from local.state import StateDirectory, read_json, write_json

PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"], stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(60)
"""  # noqa: E501


def test_another_process_with_the_same_id_is_not_ours() -> None:
    mine = ProcessRecord.of(os.getpid())

    assert processes.running(mine) is not None
    assert processes.running(ProcessRecord(pid=mine.pid, started=mine.started - 60)) is None
    assert processes.running(None) is None


@pytest.mark.parametrize("value", [None, {}, {"pid": "1", "started": 1.0}, {"pid": 1}, [1, 2], "1"])
def test_what_is_not_a_record_is_none(value: object) -> None:
    assert ProcessRecord.parse(value) is None


def test_a_record_survives_a_file(tmp_path: Path) -> None:
    record = ProcessRecord.of(os.getpid())
    write_json(tmp_path / "record.json", {"it": record.dump()})

    assert ProcessRecord.parse(read_json(tmp_path / "record.json")["it"]) == record


def test_descendants_that_ignore_the_request_are_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))

    processes.stop([psutil.Process(parent.pid), None], grace_s=0.3)

    parent.communicate()
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_processes_are_found_by_their_folder(tmp_path: Path) -> None:
    folder = tmp_path / "tmp" / "worker"
    folder.mkdir(parents=True)
    process = subprocess.Popen([sys.executable, "-c", "print(1, flush=True); input()"], cwd=folder, stdin=-1, stdout=-1)
    assert process.stdout is not None
    process.stdout.readline()

    found = processes.belonging_to(tmp_path / "tmp")
    elsewhere = processes.belonging_to(tmp_path / "tm")
    processes.stop(found)

    process.communicate()
    assert [each.pid for each in found] == [process.pid]
    assert elsewhere == []


def test_the_previous_log_is_kept(tmp_path: Path) -> None:
    log = tmp_path / "it.log"
    for word in ("first", "second"):
        command = [sys.executable, "-c", f"print('{word}')"]
        processes.spawn(command, environment=os.environ, folder=tmp_path, log=log).wait()

    assert log.read_text() == "second\n"
    assert (tmp_path / "it.log.1").read_text() == "first\n"


def test_a_taken_port_names_its_owner() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind((ports.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not ports.is_free(port)
        assert ports.owner(port).endswith((f"(process {os.getpid()})", "another process"))
    assert ports.is_free(port)


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"a": 1'])
def test_a_half_written_state_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "state.json").write_text(text)

    assert read_json(tmp_path / "state.json") == {}


def test_clearing_leaves_the_logs(tmp_path: Path) -> None:
    state = StateDirectory(path=tmp_path)
    state.create()
    (state.logs / "emulator.log").touch()
    write_json(state.processes, {})
    write_json(state.release, {})
    (state.temporary / "worker").mkdir()

    state.clear()

    assert [path.name for path in tmp_path.iterdir()] == ["logs"]
