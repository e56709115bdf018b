"""`python -m local` as a person uses it: up, twice at once, again, status, a crash, down. In order."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local import ports
from local.cloud import EmbeddedCloud
from local.loopback import request
from local.processes import ProcessRecord, running, stop
from local.state import ROOT, StateDirectory, read_json
from ops.errors import ExitCode

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


@dataclass(frozen=True, kw_only=True)
class Laptop:
    """A state folder and a port of their own."""

    port: int
    state: StateDirectory

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """`python -m local ARGUMENTS --state …`, running."""
        command = [sys.executable, "-m", "local", *arguments, "--state", str(self.state.path)]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Its exit code, standard output and standard error."""
        process = self.start(*arguments)
        output, errors = process.communicate(timeout=500)
        return process.returncode, output, errors

    @property
    def up(self) -> tuple[str, ...]:
        """The command that brings it up, answering in JSON."""
        return ("up", "--port", str(self.port), "--json")


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    laptop = Laptop(port=ports.free_port(), state=StateDirectory(path=tmp_path_factory.mktemp("laptop")))
    try:
        yield laptop
    finally:
        EmbeddedCloud(port=laptop.port, state=laptop.state.path).stop()


@pytest.fixture(scope="module")
def first(laptop: Laptop) -> dict[str, Any]:
    """The first `up`; while it is at work, a second one is refused."""
    process = laptop.start(*laptop.up)
    while not (laptop.state.path / "lock.json").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)

    code, output, errors = laptop.run(*laptop.up)
    assert (code, output) == (ExitCode.PRECONDITION, "")
    assert "`up` has been at work here since" in errors
    assert f"(process {process.pid})" in errors

    output, errors = process.communicate(timeout=500)
    assert process.returncode == ExitCode.OK, errors
    result: dict[str, Any] = json.loads(output)
    return result


def test_what_is_printed_works_as_it_stands(laptop: Laptop, first: dict[str, Any]) -> None:
    assert first["verdict"] == "passed"
    assert not first["unchanged"]
    assert first["site_url"] == f"http://acinaces.localhost:{laptop.port}"
    assert "AWS::EC2::NatGateway" in first["recorded"]
    assert request(first["site_url"]).status == 200
    assert request(f"{first['api_url']}/health").status == 200
    key = {"x-api-key": first["api_key"]}
    assert request(f"{first['api_url']}/api/templates", headers=key).status == 200
    assert request(f"{first['api_url']}/api/templates").status == 403


def test_the_manifest_lets_a_script_be_a_client(first: dict[str, Any]) -> None:
    manifest = json.loads(Path(first["manifest"]).read_text(encoding="utf-8"))

    assert request(manifest["frontend_url"]).status == 200
    assert request(f"http://{manifest['cloudfront_domain_name']}").status == 200
    key = {"x-api-key": manifest["api_key"]}
    stage = manifest["api_gateway_stage_invoke_url"].rstrip("/")
    assert request(f"{stage}/api/templates", headers=key).status == 200
    templates = f"{manifest['api_gateway_endpoint']}/api/templates"
    assert request(templates, headers=key).status == 200
    host, redis_port = manifest["redis_endpoint"].split(":")
    with socket.create_connection((host, int(redis_port)), timeout=5) as redis:
        redis.sendall(b"PING\r\n")
        assert redis.recv(16) == b"+PONG\r\n"


def test_again_with_nothing_changed_does_not_call_the_gate(laptop: Laptop, first: dict[str, Any]) -> None:
    code, output, errors = laptop.run(*laptop.up)

    assert code == ExitCode.OK, errors
    again = json.loads(output)
    assert again["unchanged"]
    same = ("site_url", "api_url", "api_key", "verdict", "summary", "report", "recorded")
    assert {name: again[name] for name in same} == {name: first[name] for name in same}
    assert "✓ Build, synthesise and deploy" in errors


def test_status_is_healthy(laptop: Laptop, first: dict[str, Any]) -> None:
    code, output, errors = laptop.run("status", "--json")

    assert code == ExitCode.OK, errors
    status = json.loads(output)
    assert status["healthy"]
    assert set(status["answers"].values()) == {200}
    assert len(status["stacks"]) == 6


def test_a_dead_emulator_is_one_line_with_the_fix(laptop: Laptop, first: dict[str, Any]) -> None:
    stop([running(ProcessRecord.parse(read_json(laptop.state.processes)["emulator"]))], grace_s=0)

    code, output, errors = laptop.run("status")

    assert (code, output) == (ExitCode.CHECK_FAILED, "")
    assert errors.splitlines()[:2] == [
        "local: the embedded cloud does not run  [cloud-not-running]",
        "next: make local",
    ]


def test_down_leaves_nothing_but_logs(laptop: Laptop, first: dict[str, Any]) -> None:
    code, _, errors = laptop.run("down")

    assert code == ExitCode.OK, errors
    assert ports.is_free(laptop.port)
    assert not Path(first["manifest"]).exists()
    assert not laptop.state.temporary.exists()
    assert (laptop.state.logs / "deploy.log").exists()
    code, _, errors = laptop.run("down")
    assert (code, errors) == (ExitCode.OK, "Nothing runs here.\n")


def test_wrong_usage_and_wrong_settings_have_their_exit_code(laptop: Laptop, tmp_path: Path) -> None:
    assert laptop.run("up", "--no-such-option")[0] == ExitCode.USAGE
    (tmp_path / "local.toml").write_text("[nope]\n", encoding="utf-8")

    code, output, errors = laptop.run("up", "--environments", str(tmp_path))

    assert (code, output) == (ExitCode.USAGE, "")
    assert "local.toml: " in errors
    assert "Traceback" not in errors
