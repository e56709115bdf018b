"""Rotation of the cache's token: ROTATE, tried by a function, SET; each step may come twice."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from lambda_src.operations import rotated_redis, rotation
from lambda_src.platform_common import secret_proof
from tests.support import emulator
from tests.support.rotation import STEPS, Cloud, prepared, token


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with emulator.running(tmp_path_factory.mktemp("rotation")) as url:
        yield url


@pytest.fixture
def cloud(url: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Cloud:
    return prepared(url, monkeypatch, request.node.name)


@dataclass
class Cache:
    """ElastiCache and a function with a connection: the tokens that work, and what was called."""

    cloud: Cloud
    tokens: list[str]
    called: list[str] = field(default_factory=list)
    busy: int = 0

    def __call__(self, service: str, operation: str, **parameters: Any) -> Any:
        if (service, operation) == ("elasticache", "modify_replication_group"):
            strategy, token = parameters["AuthTokenUpdateStrategy"], parameters["AuthToken"]
            self.tokens = [token] if strategy == "SET" else [*self.tokens[-1:], token]
            self.called.append(strategy)
            self.busy = 2
            return {}
        if (service, operation) == ("elasticache", "describe_replication_groups"):
            self.busy = max(self.busy - 1, 0)
            return {"ReplicationGroups": [{"Status": "modifying" if self.busy else "available"}]}
        if (service, operation) == ("lambda", "invoke"):
            asked = json.loads(parameters["Payload"])["proveSecrets"]
            assert asked["names"] == ["redis-auth"]
            pending = self.cloud.secret(self.cloud.variables["REDIS_AUTH_SECRET_ARN"], VersionStage=asked["stage"])
            problem = {} if pending in self.tokens else {"problem": "Redis: AuthenticationError"}
            return {"Payload": io.BytesIO(json.dumps({"secrets": [{"name": "redis-auth", **problem}]}).encode())}
        return getattr(self.cloud.client(service), operation)(**parameters)

    def wait(self, is_so: Any, *, what: str, **_: Any) -> None:
        for _attempt in range(5):
            if is_so():
                return
        raise AssertionError(what)


@pytest.mark.parametrize("twice", [False, True], ids=["once", "each-step-twice"])
def test_a_token_is_rotated_then_set(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, twice: bool) -> None:
    monkeypatch.setenv("REDIS_TLS", "true")
    arn = cloud.variables["REDIS_AUTH_SECRET_ARN"]
    cache = Cache(cloud, tokens=["the-first-token"])
    monkeypatch.setattr(rotation, "Calls", lambda **_: cache)
    cloud.pending(arn, token(1))
    for step in STEPS:
        for _ in range(2 if twice else 1):
            cloud.step(arn, step, token(1))
            if step != "finishSecret":
                # The old one works until the new one is the current one.
                assert cache.tokens[0] == cloud.secret(arn) == "the-first-token"
    assert cache.tokens == [cloud.secret(arn)]
    assert cache.called == ["ROTATE", "SET", *(["SET"] if twice else [])]


def test_a_token_that_no_function_can_use_does_not_become_the_current_one(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_TLS", "true")
    arn = cloud.variables["REDIS_AUTH_SECRET_ARN"]
    cache = Cache(cloud, tokens=["the-first-token"])
    monkeypatch.setattr(rotation, "Calls", lambda **_: cache)
    cloud.pending(arn, token(1))
    cloud.step(arn, "createSecret", token(1))
    with pytest.raises(rotation.RotationFailed, match="cannot use the new token: Redis: AuthenticationError"):
        cloud.step(arn, "testSecret", token(1))
    assert cloud.secret(arn) == "the-first-token"


def test_the_question_is_the_one_that_functions_answer() -> None:
    source = Path(rotated_redis.__file__).read_text(encoding="utf-8")
    assert f'"{secret_proof.EVENT}"' in source
    assert f'"{secret_proof.REDIS_AUTH}"' in source
