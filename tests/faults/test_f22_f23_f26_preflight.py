"""F22: a file of the live release is gone. F23: a secret was never populated. F26: an alarm rings already."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ops.doctor import release
from ops.doctor.findings import Status
from tests.support.doctor import FakeSurroundings, refusing

KEPT, GONE = "a" * 64 + ".zip", "b" * 64 + ".zip"


def describing(*names: str) -> Any:
    stacks = [{"StackName": name, "StackStatus": "UPDATE_COMPLETE"} for name in names]
    return lambda *, region, **_: {"Stacks": stacks if region == "eu-central-1" else []}


def head(*, region: str, Bucket: str, Key: str) -> Any:
    assert Bucket == "cdk-hnb659fds-assets-333333333333-eu-central-1"
    if Key == GONE:
        refusing("404", "HeadObject")()
    return {}


@pytest.mark.parametrize(("keys", "status"), [((KEPT,), Status.PASS), ((KEPT, GONE), Status.WARN)])
def test_f22_a_file_that_a_rollback_would_need_is_missed(keys: tuple[str, ...], status: Status) -> None:
    template = {"Resources": {f"F{index}": {"Code": {"S3Key": key}} for index, key in enumerate(keys)}}
    around = FakeSurroundings(
        cloudformation__describe_stacks=describing("Acinaces-staging-Release"),
        cloudformation__get_template=lambda **_: {"TemplateBody": template},
        s3__head_object=head,
    )

    finding = release.old_assets(around)

    assert finding.status is status
    if status is Status.WARN:
        assert "1 of 2 files of the live release are gone" in finding.message
        assert "make deploy ENV=staging" in finding.fix


def secrets(environment: str, **values: Any) -> Any:
    names = [f"{environment}/exchanges/{name}" for name in values]
    return FakeSurroundings(
        environment,
        secretsmanager__list_secrets=lambda **_: {"SecretList": [{"Name": name} for name in [*names, "x/api-key"]]},
        secretsmanager__get_secret_value=lambda *, SecretId, **_: {
            "SecretString": json.dumps(values[SecretId.rpartition("/")[2]])
        },
    )


@pytest.mark.parametrize(("environment", "status"), [("production", Status.FAIL), ("dev", Status.WARN)])
def test_f23_an_empty_secret_stops_production_and_only_names_are_told(environment: str, status: Status) -> None:
    half = {"apiKey": "k3y-that-must-not-show", "apiSecret": "PLACEHOLDER"}
    full = {"apiKey": "other-k3y", "apiSecret": "s3cret"}

    finding = release.secrets(secrets(environment, kraken=half, okx=full))

    assert finding.status is status
    assert finding.message == f"not populated: {environment}/exchanges/kraken"
    for text in (finding.message, finding.fix):
        assert "k3y" not in text
        assert "s3cret" not in text
    assert finding.fix == f"acinaces secrets populate --env {environment}"


def test_f23_populated_secrets_pass() -> None:
    finding = release.secrets(secrets("production", kraken={"apiKey": "a-k3y", "apiSecret": "b"}))

    assert finding.status is Status.PASS


def test_f26_an_alarm_in_alarm_is_named() -> None:
    name = "staging-crypto-trading-orders-errors"

    def alarms(*, StateValue: str, AlarmNamePrefix: str, **_: Any) -> Any:
        assert (StateValue, AlarmNamePrefix) == ("ALARM", "staging-crypto-trading-")
        return {"MetricAlarms": [{"AlarmName": name, "StateReason": "7 errors"}], "CompositeAlarms": []}

    (finding,) = release.alarms(FakeSurroundings(cloudwatch__describe_alarms=alarms))

    assert finding.status is Status.FAIL
    assert (finding.name, finding.message) == (f"alarm {name}", "in ALARM before the deployment: 7 errors")
    assert name in finding.fix
