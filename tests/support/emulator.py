"""DynamoDB, EventBridge, Secrets Manager and Step Functions on loopback, without stacks; up in half a second."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lambda_src.platform_common import aws
from local.tools import find_tools

START_SECONDS = 20


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def running(directory: Path) -> Iterator[str]:
    """The emulator's URL; it keeps its files in `directory` and ends with the block."""
    port = free_port()
    environment = {**os.environ, "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "TMPDIR": str(directory)}
    log = directory / "emulator.log"
    with log.open("wb") as output:
        command = [str(find_tools().emulator), "-m", "ministack"]
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(url, process, log)
            yield url
        finally:
            process.terminate()
            process.wait(timeout=10)


@contextmanager
def in_use(directory: Path) -> Iterator[str]:
    """The running emulator, with the functions' AWS clients pointed at it."""
    with running(directory) as url, pytest.MonkeyPatch.context() as patch:
        point_at(url, patch)
        yield url


def point_at(url: str, patch: pytest.MonkeyPatch) -> None:
    """Makes new AWS clients of the functions talk to `url`, until `patch` is undone."""
    patch.setenv("AWS_ENDPOINT_URL", url)
    patch.setenv("AWS_ACCESS_KEY_ID", "000000000000")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    patch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    patch.setattr(aws, "_clients", {})


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=1)  # noqa: S310 - a loopback address of our own
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.02)
    raise RuntimeError(f"the emulator did not start: {log.read_text()[-500:]}")
