"""A function proves which version of a secret it reads: to a direct call alone, and without showing the value."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest

from lambda_src.platform_common import aws, secret_proof, services
from lambda_src.platform_common.secrets import EXCHANGE_FIELDS, SecretsManager, Version
from tests.support import emulator
from tests.support.backend import HANDLERS, Backend, Context, variables

CHALLENGE = "0123456789abcdef" * 2
KRAKEN, REDIS = "arn:kraken", "arn:redis"


@pytest.fixture
def backend() -> Backend:
    backend = Backend()
    backend.set(secrets={"kraken": KRAKEN}, redis_auth_secret_arn=REDIS)
    for stage, text in (("AWSCURRENT", "now"), ("AWSPENDING", "next")):
        backend.secrets.versions[KRAKEN, stage] = Version(id=f"version-{text}", text=f"kraken-{text}")
    backend.secrets.versions[REDIS, "AWSCURRENT"] = Version(id="r1", text=backend.cache.token)
    backend.secrets.versions[REDIS, "AWSPENDING"] = Version(id="r2", text="not-yet")
    return backend


def ask(backend: Backend, *names: str, handler: str = "exchanges", **asked: Any) -> Any:
    event = {secret_proof.EVENT: {"challenge": CHALLENGE, "names": list(names), **asked}}
    module = importlib.import_module(f"lambda_src.handlers.{handler}")
    with mock.patch.dict(os.environ, variables()), services.using(backend.services):
        return module.handler(event, Context())


@pytest.mark.parametrize(("stage", "text"), [("AWSCURRENT", "now"), ("AWSPENDING", "next")])
def test_the_version_at_a_stage_is_proved_by_an_hmac_of_the_challenge(backend: Backend, stage: str, text: str) -> None:
    answer = ask(backend, "kraken", stage=stage)
    proof = secret_proof.proof(f"kraken-{text}", CHALLENGE)
    assert answer == {
        "secrets": [{"name": "kraken", "versionId": f"version-{text}", "proof": proof}],
        "keptForSeconds": 30.0,
    }
    assert proof != secret_proof.proof(f"kraken-{text}", CHALLENGE[::-1])


def test_values_are_in_no_answer_and_no_log(backend: Backend, capsys: pytest.CaptureFixture[str]) -> None:
    answer = json.dumps(ask(backend, "kraken", "redis-auth"))
    captured = capsys.readouterr()
    for text in (answer, captured.out, captured.err):
        assert "kraken-now" not in text
        assert backend.cache.token not in text


def test_redis_must_accept_the_token(backend: Backend) -> None:
    assert ask(backend, "redis-auth")["secrets"][0]["versionId"] == "r1"
    (refused,) = ask(backend, "redis-auth", stage="AWSPENDING")["secrets"]
    assert refused == {"name": "redis-auth", "problem": "Redis: AuthenticationError"}


def test_a_secret_that_the_function_does_not_have(backend: Backend) -> None:
    assert ask(backend, "okx")["secrets"] == [{"name": "okx", "problem": "not-configured"}]


@pytest.mark.parametrize("asked", [{"challenge": "short"}, {"challenge": CHALLENGE, "stage": "AWSPREVIOUS"}])
def test_another_question_is_refused(backend: Backend, asked: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="a challenge is"):
        ask(backend, "kraken", **asked)


@pytest.mark.parametrize("handler", HANDLERS)
def test_every_function_can_be_asked(backend: Backend, handler: str) -> None:
    assert ask(backend, "kraken", handler=handler)["secrets"][0]["versionId"] == "version-now"


@pytest.mark.parametrize("where", ["body", "headers", "queryStringParameters"])
def test_the_api_cannot_ask(backend: Backend, where: str) -> None:
    question = {"challenge": CHALLENGE, "names": ["kraken"]}
    event = backend.event("GET", "/api/exchanges")
    event[where] = json.dumps({secret_proof.EVENT: question}) if where == "body" else {secret_proof.EVENT: "x"}
    answer = backend.send("exchanges", {**event, secret_proof.EVENT: question})
    assert "proof" not in answer.text
    assert backend.secrets.forgotten == 0


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with emulator.in_use(tmp_path_factory.mktemp("emulator")) as url:
        yield url


def test_what_was_kept_is_forgotten(cloud: str) -> None:
    """M6: after the question the function uses the new value at once, not after half a minute."""
    old, new = ({"apiKey": text, "apiSecret": text} for text in ("old", "new"))
    arn = aws.call("secretsmanager", "create_secret", Name="test/kept", SecretString=json.dumps(old))["ARN"]
    manager = SecretsManager({"kraken": arn}, monotonic=lambda: 0.0)
    assert manager.credentials("kraken", EXCHANGE_FIELDS).values == old
    stored = aws.call("secretsmanager", "put_secret_value", SecretId=arn, SecretString=json.dumps(new))
    assert manager.credentials("kraken", EXCHANGE_FIELDS).values == old

    assert manager.reread(arn, stage="AWSCURRENT").id == stored["VersionId"]

    assert manager.credentials("kraken", EXCHANGE_FIELDS).values == new
