"""The recorder: ends what has ended, keeps the stacks at events of CloudFormation, tells the figures always."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambda_src.journal import recorder
from tests.support.journal import MemoryTable, client_error
from tests.support.stack_events import released

CONTENTS = {"release_id": "4f2a9c01", "git_commit": "7cb6", "asset_hashes": {}}
# CDK's own parameter names a value in SSM by its default; what a stack reports as its value is what was found there.
PARAMETERS: dict[str, Any] = {"BootstrapVersion": {"Default": "/cdk/version"}, "Asked": {"Type": "String"}}
EVENT = {"source": "aws.cloudformation", "detail": {}}


class Aws(MemoryTable):
    """Each of boto3's clients."""

    def __init__(self) -> None:
        super().__init__()
        self.metrics: list[dict[str, Any]] = []
        self.objects: dict[str, str] = {}
        self.stacks = {"Release": "UPDATE_COMPLETE", "Operations": "UPDATE_COMPLETE"}

    def get_paginator(self, operation: str) -> Any:
        return self if operation == "query" else _Events()

    def get_parameter(self, *, Name: str) -> Any:
        assert Name == "/contents"
        return {"Parameter": {"Value": json.dumps(CONTENTS)}}

    def describe_stacks(self, *, StackName: str) -> Any:
        if StackName not in self.stacks:
            raise client_error("ValidationError")
        tags = [{"Key": "acinaces:environment", "Value": "demo"}]
        stack = {"StackStatus": self.stacks[StackName], "Tags": tags, "EnableTerminationProtection": True}
        given = [{"ParameterKey": name, "ParameterValue": "33"} for name in PARAMETERS]
        return {"Stacks": [{**stack, "Parameters": given}]}

    def get_template(self, *, StackName: str, TemplateStage: str) -> Any:
        assert TemplateStage == "Original"
        return {"TemplateBody": {"Parameters": PARAMETERS, "Resources": {StackName: {}}}}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, **_: Any) -> None:
        assert Bucket == "reports"
        self.objects[Key] = Body.decode()

    def put_metric_data(self, *, Namespace: str, MetricData: list[dict[str, Any]]) -> None:
        assert Namespace == "Acinaces/Delivery"
        self.metrics += MetricData


class _Events:
    def paginate(self, **_: Any) -> Any:
        yield {"StackEvents": released()}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    aws = Aws()
    monkeypatch.setattr(recorder, "_client", lambda _service: aws)
    for name, value in {
        "ENVIRONMENT": "demo",
        "RELEASE_STACK": "Release",
        "STACKS": "Release,Operations",
        "JOURNAL": "demo-journal",
        "CONTENTS_PARAMETER": "/contents",
        "REPORT_BUCKET": "reports",
        "REPORT_PREFIX": "releases/",
    }.items():
        monkeypatch.setenv(name, value)
    return aws


def test_the_end_of_an_operation_is_written_down_kept_and_told(aws: Aws) -> None:
    answer = recorder.on_event(EVENT, None)
    assert answer["closed"] == ["20260131T120000000Z-4f2a9c01"]
    assert answer["kept"] == ["Release", "Operations"]
    folder = "releases/4f2a9c01/stacks"
    assert json.loads(aws.objects[f"{folder}/Release.template.json"])["Resources"] == {"Release": {}}
    assert json.loads(aws.objects[f"{folder}/Operations.json"]) == {
        "name": "Operations",
        "release_id": "4f2a9c01",
        "tags": {"acinaces:environment": "demo"},
        "parameters": {"Asked": "33"},
        "protected": True,
    }
    assert "RollbacksOfADay" in {item["MetricName"] for item in aws.metrics}
    assert json.loads(json.dumps(answer)) == answer


@pytest.mark.parametrize("status", ["UPDATE_ROLLBACK_COMPLETE", "UPDATE_IN_PROGRESS", "ROLLBACK_COMPLETE"])
def test_only_what_stands_as_it_was_deployed_is_kept(aws: Aws, status: str) -> None:
    aws.stacks = {"Release": status}
    assert recorder.on_event(EVENT, None)["kept"] == []
    assert not aws.objects


def test_on_its_schedule_it_keeps_nothing(aws: Aws) -> None:
    recorder.on_event({"source": "aws.events"}, None)
    assert recorder.on_event({"source": "aws.events"}, None)["closed"] == []
    assert not aws.objects
    assert aws.metrics
