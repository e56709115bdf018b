"""Fixtures of the fault tests: a platform that works until a test breaks it, and a gate in front of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from lambda_src.verification import attempts, gate
from lambda_src.verification import aws as aws_module
from tests.faults.support.cloudformation import BUCKET, RESPONSE_URL, CloudFormation
from tests.faults.support.fake_aws import API_KEY, FakeAws
from tests.faults.support.platform import FakePlatform
from tests.faults.support.server import Server


@pytest.fixture
def aws() -> FakeAws:
    """AWS in memory."""
    return FakeAws()


@pytest.fixture
def server() -> Iterator[Server]:
    """The server behind which the platform runs."""
    with Server() as running:
        yield running


@pytest.fixture
def platform(server: Server, aws: FakeAws) -> FakePlatform:
    """API and site of a release; a test replaces single answers."""
    return FakePlatform(server, aws)


@pytest.fixture
def cloudformation(
    aws: FakeAws, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[CloudFormation]:
    """Delivers events to the gate. Whatever a test does: no secret, no ResponseURL in any log, few lines."""
    monkeypatch.setattr(aws_module, "BotoAws", lambda: aws)
    monkeypatch.setattr(attempts, "LONGEST_PAUSE_S", 0.02)
    cloud = CloudFormation(gate.on_event)
    yield cloud
    out, err = capfd.readouterr()
    assert out == "", "stdout belongs to the embedded cloud's protocol"
    stored = b"".join(aws.objects.values()).decode()
    answers = " ".join(answer.reason + json.dumps(answer.data) for answer in cloud.answers)
    for text in (err, stored, answers):
        assert API_KEY not in text
        assert RESPONSE_URL not in text
        assert "NEVER-IN-A-LOG" not in text
    assert err.count("\n") <= 50


@pytest.fixture
def latest(aws: FakeAws) -> Any:
    """Reads the latest judgement, or with "rollback" the latest observation."""

    def read(kind: str = "") -> Any:
        return json.loads(aws.objects[f"{BUCKET}/releases/latest{'-' if kind else ''}{kind}.json"])

    return read
