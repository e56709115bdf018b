"""Rotation of the API key, step by step against an emulated AWS, and the daily look; each step may come twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from constructs import credential_alarms
from lambda_src.operations import credential_age, rotation
from lambda_src.operations.aws_calls import CallFailed, Calls
from lambda_src.operations.credential_age import watch
from tests.support import emulator
from tests.support.rotation import API, STEPS, Cloud, Context, prepared, token


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with emulator.running(tmp_path_factory.mktemp("rotation")) as url:
        yield url


@pytest.fixture
def cloud(url: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Cloud:
    return prepared(url, monkeypatch, request.node.name)


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
