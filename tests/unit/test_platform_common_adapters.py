"""Events, secrets and workflows in an emulated AWS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from lambda_src.platform_common import aws, secrets
from lambda_src.platform_common.events import EventBridgeBus
from lambda_src.platform_common.problems import Problem
from lambda_src.platform_common.secrets import SecretsManager
from lambda_src.platform_common.workflows import StepFunctions
from tests.support import emulator


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An emulated AWS for this module."""
    with emulator.in_use(tmp_path_factory.mktemp("emulator")) as url:
        yield url


def test_events_are_accepted_by_the_bus(cloud: str) -> None:
    aws.call("events", "create_event_bus", Name="test-bus")
    assert EventBridgeBus("test-bus").publish("template.created", {"entityId": "a", "n": Decimal("0.1")})


def test_an_event_that_is_refused_is_in_the_log(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    refused = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException"}]}
    monkeypatch.setattr(aws, "call", lambda *_, **__: refused)
    assert not EventBridgeBus("test-bus").publish("template.created", {"entityId": "lost-one"})
    logged = capsys.readouterr().err
    assert "ThrottlingException" in logged
    assert "lost-one" in logged


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ('{"apiKey":"k","apiSecret":"s"}', "populated"),
        ('{"apiKey":"k","apiSecret":"s","generated":"x"}', "populated"),
        ('{"apiKey":"PLACEHOLDER","apiSecret":"PLACEHOLDER","generated":"x"}', "placeholder"),
        ('{"apiKey":"k","apiSecret":"PLACEHOLDER"}', "placeholder"),
        ('{"apiKey":"k"}', "placeholder"),
        ('{"apiKey":" ","apiSecret":"s"}', "placeholder"),
        ('{"apiKey":7,"apiSecret":"s"}', "placeholder"),
        ("[]", "placeholder"),
        ("k:s", "placeholder"),
    ],
)
def test_a_secret_is_populated_only_when_all_its_values_are(cloud: str, text: str, status: str) -> None:
    arn = aws.call("secretsmanager", "create_secret", Name=f"test/{abs(hash(text))}", SecretString=text)["ARN"]
    found = SecretsManager({"kraken": arn}).credentials("kraken", secrets.EXCHANGE_FIELDS)
    assert found.status == status
    assert found.version_id
    assert set(found.values) == ({"apiKey", "apiSecret"} if status == "populated" else set())


def test_newly_populated_secrets_are_seen_after_half_a_minute(cloud: str) -> None:
    arn = aws.call("secretsmanager", "create_secret", Name="test/ai", SecretString='{"apiKey":"PLACEHOLDER"}')["ARN"]
    now = [0.0]
    reader = SecretsManager({"openai": arn}, monotonic=lambda: now[0])
    assert reader.credentials("openai", secrets.AI_FIELDS).status == "placeholder"
    aws.call("secretsmanager", "put_secret_value", SecretId=arn, SecretString=json.dumps({"apiKey": "k"}))
    assert reader.credentials("openai", secrets.AI_FIELDS).status == "placeholder"
    now[0] = secrets.KEEP_S
    assert reader.credentials("openai", secrets.AI_FIELDS).values == {"apiKey": "k"}


def test_secrets_that_cannot_be_read_say_so_and_are_asked_again(cloud: str) -> None:
    reader = SecretsManager({"gemini": "arn:aws:secretsmanager:eu-central-1:000000000000:secret:none-AbCdEf"})
    assert reader.credentials("gemini", secrets.AI_FIELDS).status == "unreadable"
    assert reader.credentials("openai", secrets.AI_FIELDS).status == "not-configured"
    for status in ("gemini", "openai"):
        found = reader.credentials(status, secrets.AI_FIELDS)
        with pytest.raises(Problem, match=status):
            secrets.require(found, environment="test")


def test_workflows_are_started_once_per_name(cloud: str) -> None:
    definition = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
    role = "arn:aws:iam::000000000000:role/none"
    machine = aws.call("stepfunctions", "create_state_machine", name="activation", definition=definition, roleArn=role)
    workflows = StepFunctions({"strategy-activation": machine["stateMachineArn"]})
    execution = workflows.start("strategy-activation", name="strategy-1-2", document={"version": Decimal(2)})
    assert execution.endswith(":strategy-1-2")
    with pytest.raises(Problem, match="other"):
        workflows.start("other", name="n", document={})
