"""`acinaces secrets verify` and `status`: functions prove what they read; what is due and who reads it is shown."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from environments import load_environment
from lambda_src.platform_common import secret_proof
from lambda_src.platform_common.secrets import Version
from ops.errors import ExitCode, OperatorError
from ops.secrets import consumers, proving, verify
from ops.secrets import status as status_module
from ops.secrets.store import State, Stored
from tests.support import credentials
from tests.support.backend import Backend, Context, variables
from tests.support.credentials import MARKER, VALUES, SecretsCloud

LOCAL = load_environment("local")
FUNCTION = "local-crypto-trading-exchanges"


class Lambda:
    """AWS Lambda with the real handler of `exchanges` behind it; `raw` is answered instead where it is set."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.raw: Any = None
        self.asked: list[Any] = []

    def invoke(self, *, FunctionName: str, Qualifier: str, Payload: bytes) -> dict[str, Any]:
        assert (FunctionName, Qualifier) == (FUNCTION, "live")
        event = json.loads(Payload)
        self.asked.append(event)
        if self.raw is not None:
            return {"Payload": io.BytesIO(json.dumps(self.raw).encode()), "FunctionError": "Unhandled"}
        import importlib
        import os
        from unittest import mock

        from lambda_src.platform_common import services

        handler = importlib.import_module("lambda_src.handlers.exchanges").handler
        with mock.patch.dict(os.environ, variables()), services.using(self.backend.services):
            answer = handler(event, Context())
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


class Session:
    def __init__(self, function: Lambda) -> None:
        self._function = function

    def client(self, service: str, **_: Any) -> Any:
        assert service == "lambda"
        return self._function


class Stores:
    """A SecretStore of fixed contents."""

    def __init__(self, **texts: str) -> None:
        self._texts = texts

    def all_current(self, names: Any) -> Mapping[str, Stored]:
        return {
            name: Stored(
                name=name,
                state=State.POPULATED if name in self._texts else State.PLACEHOLDER,
                text=SecretStr(self._texts.get(name, "")),
                version=f"version-{name}" if name in self._texts else None,
                since=datetime.now(UTC),
            )
            for name in names
        }


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> Lambda:
    backend = Backend()
    backend.set(secrets={"kraken": "arn:kraken", "okx": "arn:okx"})
    for name in ("kraken", "okx"):
        backend.secrets.versions[f"arn:{name}", "AWSCURRENT"] = Version(id=f"version-{name}", text=f"{MARKER}-{name}")
    function = Lambda(backend)
    monkeypatch.setattr(proving, "session", lambda _: Session(function))
    monkeypatch.setattr(verify, "functions_of", lambda _: {FUNCTION: ["kraken", "okx"]})
    return function


def run(**texts: str) -> verify.Verification:
    return verify.verify(LOCAL, Stores(**texts), ["kraken", "okx", "openai"])  # type: ignore[arg-type]


def test_a_function_that_reads_what_is_stored_has_proved_it(function: Lambda) -> None:
    found = run(kraken=f"{MARKER}-kraken", openai="x")
    assert [(one.secret, one.problem) for one in found.seen] == [("kraken", "")]
    assert (found.skipped, found.without) == (["okx"], ["openai"])
    assert verify.failure(LOCAL, found) is None
    assert found.certain_at is not None
    assert timedelta() < found.certain_at - datetime.now(UTC) <= timedelta(seconds=30)


def test_each_question_has_a_challenge_of_its_own(function: Lambda) -> None:
    for _ in range(2):
        run(kraken=f"{MARKER}-kraken")
    first, second = (asked[secret_proof.EVENT]["challenge"] for asked in function.asked)
    assert first != second


def test_an_old_version_and_a_value_that_is_not_there_are_seen(function: Lambda) -> None:
    versions = function.backend.secrets.versions
    versions["arn:kraken", "AWSCURRENT"] = Version(id="version-before", text=f"{MARKER}-kraken")
    versions["arn:okx", "AWSCURRENT"] = Version(id="version-okx", text="something else")

    found = run(kraken=f"{MARKER}-kraken", okx=f"{MARKER}-okx")
    error = verify.failure(LOCAL, found)

    assert error is not None
    assert (error.error, error.code) == ("secret-not-seen", ExitCode.CHECK_FAILED)
    assert "kraken: reads version version-, and version- is stored" in error.why
    assert "okx: names the version, and does not have its value" in error.why
    assert MARKER not in json.dumps(error.dump()) + repr(found)


def test_a_function_that_must_not_read_a_secret_is_named(function: Lambda, monkeypatch: pytest.MonkeyPatch) -> None:
    from lambda_src.platform_common.aws import AwsError

    def refused(arn: str, *, stage: str) -> Any:
        raise AwsError(service="s", operation="o", code="AccessDeniedException", temporary=False, response={})

    monkeypatch.setattr(function.backend.secrets, "reread", refused)
    assert [one.problem for one in run(kraken="x").seen] == ["AccessDeniedException"]


def test_a_function_that_fails(function: Lambda) -> None:
    function.raw = {"errorMessage": MARKER}
    (seen,) = run(kraken="x").seen
    assert seen.problem == "the function failed; see its log"


def test_nothing_populated_is_a_precondition(function: Lambda) -> None:
    with pytest.raises(OperatorError) as caught:
        run()
    assert (caught.value.error, caught.value.code) == ("nothing-populated", ExitCode.PRECONDITION)


def test_question_and_proof_are_those_of_the_function() -> None:
    assert proving.EVENT == secret_proof.EVENT
    assert proving._proof(b"text", "ab" * 16) == secret_proof.proof("text", "ab" * 16)


def test_who_reads_what_is_what_the_functions_are_configured_with() -> None:
    configured = {"SECRET_KRAKEN": "a", "SECRET_SOME_NAME": "b", "REDIS_AUTH_SECRET_ARN": "c", "ENVIRONMENT": "local"}
    read = consumers._read_by({"Environment": {"Variables": configured}})
    assert read == ["kraken", "some-name", "redis-auth"]
    assert consumers._read_by({}) == []


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecretsCloud]:
    with credentials.cloud(tmp_path_factory.mktemp("status")) as cloud:
        credentials.create(cloud.client)
        yield cloud


def test_status_shows_every_secret_and_no_value(cloud: SecretsCloud) -> None:
    assert cloud.run("populate", "--from", "-", "--yes", entered={"okx": VALUES["okx"]}).code == 0
    cloud.client.put_secret_value(
        SecretId="local/exchanges/kraken", SecretString=json.dumps({"apiKey": MARKER, "apiSecret": "PLACEHOLDER"})
    )

    table, document = cloud.run("status"), cloud.run("status", "--json")

    assert (table.code, document.code) == (0, 0), table.err
    rows = {row["secret"]: row for row in json.loads(document.out)["secrets"]}
    assert rows["okx"]["state"] == "populated"
    assert rows["kraken"]["state"] == "incomplete"
    assert rows["openai"]["state"] == "placeholder"
    assert rows["api-key"]["rotatedBy"] == "schedule"
    due = datetime.now(UTC) + timedelta(days=LOCAL.credentials.max_age_days)
    assert rows["okx"]["rotationDue"] == due.date().isoformat()
    assert len(rows["okx"]["fingerprint"]) == 8
    assert rows["okx"]["fingerprint"] in table.out
    assert "next: acinaces secrets populate --env local" in table.err
    for done in (table, document):
        assert MARKER not in done.out + done.err
        assert VALUES["okx"]["apiSecret"] not in done.out + done.err


def test_the_fingerprint_of_status_is_that_of_populate(cloud: SecretsCloud) -> None:
    entered = {"bybit": VALUES["bybit"]}
    planned = json.loads(cloud.run("populate", "--from", "-", "--dry-run", "--json", entered=entered).out)["steps"][0]
    assert cloud.run("populate", "--from", "-", "--yes", entered=entered).code == 0
    rows = json.loads(cloud.run("status", "--json").out)["secrets"]
    assert planned["entered"] in {row["fingerprint"] for row in rows}


def test_a_secret_grows_old() -> None:
    stored = Stored(name="okx", state=State.POPULATED, since=datetime.now(UTC) - timedelta(days=91), version="v")
    old = status_module._row(LOCAL, stored, fingerprint=None, consumers=(), pending=False)
    assert (old.age_days, old.overdue) == (91, True)
    young = status_module._row(
        LOCAL, replace(stored, since=datetime.now(UTC)), fingerprint=None, consumers=(), pending=False
    )
    assert (young.age_days, young.overdue) == (0, False)
