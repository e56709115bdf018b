"""Rotation of what the platform owns, step by step against an emulated AWS; each step may come twice."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from constructs import credential_alarms
from lambda_src.operations import credential_age, rotated_redis, rotation
from lambda_src.operations.aws_calls import CallFailed, Calls
from lambda_src.operations.credential_age import watch
from lambda_src.platform_common import secret_proof
from tests.support import emulator

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
API = "local-crypto-trading-api"


class Context:
    def get_remaining_time_in_millis(self) -> int:
        return 60_000


@dataclass
class Cloud:
    """An emulator with both secrets, an API's key in its usage plan, and a cache."""

    variables: dict[str, str] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        return boto3.client(service)  # type: ignore[call-overload]

    def secret(self, arn: str, **which: str) -> str:
        return str(self.client("secretsmanager").get_secret_value(SecretId=arn, **which)["SecretString"])

    def pending(self, arn: str, token: str) -> None:
        """What Secrets Manager does before it calls the function."""
        self.client("secretsmanager").put_secret_value(
            SecretId=arn, ClientRequestToken=token, VersionStages=["AWSPENDING"]
        )

    def step(self, arn: str, step: str, token: str) -> None:
        rotation.on_event({"Step": step, "SecretId": arn, "ClientRequestToken": token}, Context())

    def rotate(self, arn: str, token: str, *, twice: bool = False) -> None:
        self.pending(arn, token)
        for step in STEPS:
            for _ in range(2 if twice else 1):
                self.step(arn, step, token)

    def keys(self) -> dict[str, tuple[str, bool]]:
        """Keys of the usage plan: their value, and whether they are enabled."""
        gateway = self.client("apigateway")
        plan = {key["id"] for key in gateway.get_usage_plan_keys(usagePlanId=self.variables["USAGE_PLAN_ID"])["items"]}
        found = gateway.get_api_keys(nameQuery=API, includeValues=True)["items"]
        return {key["name"]: (key["value"], key["enabled"]) for key in found if key["id"] in plan}


def token(number: int) -> str:
    return f"0000000{number}-4e5f-6071-8293-a4b5c6d7e8f9"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with emulator.running(tmp_path_factory.mktemp("rotation")) as url:
        yield url


@pytest.fixture
def cloud(url: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Cloud:
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    # Every test in an account of its own; boto3 keeps the credentials that it saw first.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    account = f"{abs(hash(request.node.name)) % 10**12:012d}"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", account)
    secrets, gateway = boto3.client("secretsmanager"), boto3.client("apigateway")
    plan = gateway.create_usage_plan(name=API)["id"]
    key = gateway.create_api_key(name=API, value="the-first-key-of-the-stack", enabled=True)["id"]
    gateway.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")
    variables = {
        "ENVIRONMENT": "local",
        "API_KEY_SECRET_ARN": secrets.create_secret(Name="local/api-key", SecretString="the-first-key-of-the-stack")[
            "ARN"
        ],
        "API_NAME": API,
        "USAGE_PLAN_ID": plan,
        "REDIS_AUTH_SECRET_ARN": secrets.create_secret(Name="local/redis-auth", SecretString="the-first-token")["ARN"],
        "REDIS_GROUP_ID": "local-crypto-trading-redis",
        "REDIS_TLS": "false",
        "REDIS_CLIENT_FUNCTION": "local-crypto-trading-health",
        "WATCHED": secrets.create_secret(Name="local/exchanges/okx", SecretString="{}")["ARN"],
        "MAX_AGE_DAYS": "90",
        "ROTATION_DAYS": "30",
        "OVERLAP_HOURS": "72",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return Cloud(variables)


@pytest.mark.parametrize("twice", [False, True], ids=["once", "each-step-twice"])
def test_a_new_api_key_works_beside_the_old_one(cloud: Cloud, twice: bool) -> None:
    arn = cloud.variables["API_KEY_SECRET_ARN"]
    cloud.rotate(arn, token(1), twice=twice)

    new = cloud.secret(arn)
    assert len(new) == 40
    assert new.isalnum()
    assert cloud.secret(arn, VersionStage="AWSPREVIOUS") == "the-first-key-of-the-stack"
    assert cloud.keys() == {
        API: ("the-first-key-of-the-stack", True),
        f"{API}-rotated-{token(1)}": (new, True),
    }


@pytest.mark.parametrize("steps", range(1, 4))
def test_until_the_last_step_everybody_uses_the_old_key(cloud: Cloud, steps: int) -> None:
    arn = cloud.variables["API_KEY_SECRET_ARN"]
    cloud.pending(arn, token(1))
    for step in STEPS[:steps]:
        cloud.step(arn, step, token(1))
    assert cloud.secret(arn) == "the-first-key-of-the-stack"
    assert cloud.keys()[API] == ("the-first-key-of-the-stack", True)


def test_the_key_must_be_in_the_gateway_before_it_becomes_the_current_one(cloud: Cloud) -> None:
    arn = cloud.variables["API_KEY_SECRET_ARN"]
    cloud.pending(arn, token(1))
    cloud.step(arn, "createSecret", token(1))
    with pytest.raises(rotation.RotationFailed, match="testSecret: the new key is not in API Gateway"):
        cloud.step(arn, "testSecret", token(1))


@pytest.mark.parametrize("copied", [False, True], ids=["without-a-value", "with-a-copy-of-the-current-one"])
def test_setting_up_a_schedule_calls_the_test_alone(cloud: Cloud, copied: bool) -> None:
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html, RotateImmediately."""
    arn = cloud.variables["API_KEY_SECRET_ARN"]
    cloud.pending(arn, token(1))
    if copied:
        cloud.client("secretsmanager").put_secret_value(
            SecretId=arn, ClientRequestToken=token(1), SecretString=cloud.secret(arn), VersionStages=["AWSPENDING"]
        )
    cloud.step(arn, "testSecret", token(1))


def look(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, *, hours: float = 0.0) -> Any:
    """The daily look, that much later."""

    class Later(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) + timedelta(hours=hours)

    monkeypatch.setattr(credential_age, "datetime", Later)
    return rotation.on_event({"detail-type": "Scheduled Event"}, Context())


def test_former_keys_end_after_the_overlap_and_not_before(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    arn = cloud.variables["API_KEY_SECRET_ARN"]
    for number in (1, 2):
        cloud.rotate(arn, token(number))
    current = f"{API}-rotated-{token(2)}"

    assert look(cloud, monkeypatch, hours=71)["withdrawn"] == []
    assert len(cloud.keys()) == 3
    assert set(look(cloud, monkeypatch, hours=73)["withdrawn"]) == {API, f"{API}-rotated-{token(1)}"}
    # CloudFormation would miss its own.
    assert cloud.keys() == {API: ("the-first-key-of-the-stack", False), current: (cloud.secret(arn), True)}
    assert look(cloud, monkeypatch, hours=74)["withdrawn"] == []


def test_a_key_that_leaked_ends_at_once(cloud: Cloud) -> None:
    arn = cloud.variables["API_KEY_SECRET_ARN"]
    cloud.rotate(arn, token(1))
    assert rotation.on_event({"endOverlap": True}, Context())["withdrawn"] == [API]
    assert {name: enabled for name, (_, enabled) in cloud.keys().items()} == {
        API: False,
        f"{API}-rotated-{token(1)}": True,
    }


def test_no_key_ends_while_the_current_one_is_not_in_the_gateway(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud.client("secretsmanager").put_secret_value(
        SecretId=cloud.variables["API_KEY_SECRET_ARN"], SecretString="put-there-by-hand"
    )
    assert look(cloud, monkeypatch, hours=100)["withdrawn"] == []
    assert cloud.keys()[API][1]


def test_credentials_grow_old_and_placeholders_do_not(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    okx = cloud.variables["WATCHED"]

    def overdue(days: float) -> set[str]:
        return set(look(cloud, monkeypatch, hours=24 * days)["overdue"])

    own = {cloud.variables["API_KEY_SECRET_ARN"], cloud.variables["REDIS_AUTH_SECRET_ARN"]}
    assert overdue(31) == set()
    assert overdue(91) == own
    cloud.client("secretsmanager").put_secret_value(SecretId=okx, SecretString='{"apiKey": "x"}')
    assert overdue(89) == own
    assert overdue(91) == {okx, *own}
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line[credential_age.OVERDUE] for line in metrics] == [0, 2, 2, 3]
    assert metrics[-1]["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["Environment"]]


def test_what_cannot_be_looked_at_is_counted(cloud: Cloud) -> None:
    cloud.client("secretsmanager").delete_secret(SecretId=cloud.variables["WATCHED"], ForceDeleteWithoutRecovery=True)
    found = watch(Calls(remaining_s=lambda: 60), cloud.variables)
    assert found["unknown"] == [cloud.variables["WATCHED"]]


def test_names_of_metrics_are_those_of_the_alarm() -> None:
    for name in ("NAMESPACE", "OVERDUE"):
        assert getattr(credential_alarms, name) == getattr(credential_age, name)


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


def test_steps_that_do_not_fit_are_refused(cloud: Cloud) -> None:
    arn = cloud.variables["API_KEY_SECRET_ARN"]
    with pytest.raises(rotation.RotationFailed, match="knows no such version"):
        cloud.step(arn, "setSecret", token(7))
    cloud.pending(arn, token(1))
    with pytest.raises(rotation.RotationFailed, match="has no value yet"):
        cloud.step(arn, "setSecret", token(1))
    cloud.pending(cloud.variables["WATCHED"], token(1))
    with pytest.raises(rotation.RotationFailed, match="not a secret of this function"):
        cloud.step(cloud.variables["WATCHED"], "createSecret", token(1))


def test_an_error_of_aws_carries_nothing_that_was_sent(cloud: Cloud) -> None:
    with pytest.raises(CallFailed) as caught:
        Calls(remaining_s=lambda: 60)("secretsmanager", "put_secret_value", SecretId="x/y", SecretString="hunter2-x")
    error: BaseException | None = caught.value
    while error is not None:
        assert "hunter2" not in str(error) + repr(error)
        error = error.__cause__ or error.__context__


def test_waiting_ends_with_the_functions_time() -> None:
    left = iter([30.0, 20.0, 14.0])
    calls = Calls(remaining_s=lambda: next(left), sleep=lambda _: None)
    with pytest.raises(CallFailed, match="took longer than this function may"):
        calls.wait(lambda: False, every_s=5.0, what="it")


def test_times_are_in_utc() -> None:
    age = credential_age._age_days([{"VersionStages": ["AWSCURRENT"], "CreatedDate": datetime.now(UTC)}])
    assert age == pytest.approx(0, abs=0.01)
