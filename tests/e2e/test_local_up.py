"""`python -m local` as a person uses it: up, twice at once, again, status. The first of those that share a cloud."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.loopback import request
from ops.errors import ExitCode
from tests.support.laptop import FirstUp, Laptop
from tests.support.release import Installation

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


def test_a_second_one_at_the_same_time_is_refused(first_up: FirstUp) -> None:
    late = first_up.at_the_same_time

    assert (late.code, late.output) == (ExitCode.PRECONDITION, "")
    assert "`up` has been at work here since" in late.errors
    assert "(process " in late.errors


def test_what_is_printed_works_as_it_stands(laptop: Laptop, first_up: FirstUp) -> None:
    first = first_up.result

    assert first["verdict"] == "passed"
    assert not first["unchanged"]
    assert first["site_url"] == f"http://acinaces.localhost:{laptop.port}"
    assert "AWS::EC2::NatGateway" in first["recorded"]
    assert request(first["site_url"]).status == 200
    assert request(f"{first['api_url']}/health").status == 200
    key = {"x-api-key": first["api_key"]}
    assert request(f"{first['api_url']}/api/templates", headers=key).status == 200
    assert request(f"{first['api_url']}/api/templates").status == 403


def test_the_manifest_lets_a_script_be_a_client(first_up: FirstUp) -> None:
    manifest = json.loads(Path(first_up.result["manifest"]).read_text(encoding="utf-8"))

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


def test_f18_again_with_nothing_changed_does_nothing(
    laptop: Laptop, first_up: FirstUp, installation: Installation
) -> None:
    first, since, reports = first_up.result, datetime.now(UTC), installation.reports()

    ended = laptop.up()

    assert ended.code == ExitCode.OK, ended.errors
    again = json.loads(ended.output)
    assert again["unchanged"]
    same = ("site_url", "api_url", "api_key", "verdict", "summary", "report", "recorded")
    assert {name: again[name] for name in same} == {name: first[name] for name in same}
    assert ("✓ Build, synthesise and deploy" in ended.errors) != ("Nothing has changed since" in ended.errors)
    assert installation.changed_since(since) == {}
    assert installation.reports() == reports


def test_status_is_healthy(laptop: Laptop, first_up: FirstUp) -> None:
    ended = laptop.run("status", "--json")

    assert ended.code == ExitCode.OK, ended.errors
    status = json.loads(ended.output)
    assert status["healthy"]
    assert set(status["answers"].values()) == {200}
    assert len(status["stacks"]) == 6


def test_wrong_usage_and_wrong_settings_have_their_exit_code(laptop: Laptop, tmp_path: Path) -> None:
    assert laptop.run("up", "--no-such-option").code == ExitCode.USAGE
    (tmp_path / "local.toml").write_text("[nope]\n", encoding="utf-8")

    ended = laptop.run("up", "--environments", str(tmp_path))

    assert (ended.code, ended.output) == (ExitCode.USAGE, "")
    assert "local.toml: " in ended.errors
    assert "Traceback" not in ended.errors
