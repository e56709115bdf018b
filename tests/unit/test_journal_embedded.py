"""The record of a release on an emulated CloudFormation: opened, refused by a hold, ended by the recorder (F33)."""

from __future__ import annotations

import io
import json
import sysconfig
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lambda_build.packages import import_closure
from lambda_src.journal import Journal, Outcome, ReleaseRecord
from lambda_src.journal.closing import Clients, Where, close
from local.cloud import EmbeddedCloud
from tests.support.embedded import execution_role, put, settled, started

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.xdist_group("emulator")]
HOLD = "/acinaces/demo/hold"
TABLE = "demo-crypto-trading-journal"
STACK = "release"
# What CDK's Provider does around the handler.
PROVIDER = """
import json, urllib.request
from lambda_src.journal.opening import on_event

def handler(event, context):
    answer = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    try:
        answer |= {"Status": "SUCCESS", **on_event(event, context)}
    except Exception as problem:
        answer |= {"Status": "FAILED", "Reason": str(problem), "PhysicalResourceId": "none"}
    request = urllib.request.Request(event["ResponseURL"], data=json.dumps(answer).encode(), method="PUT")
    urllib.request.urlopen(request).close()
"""


def package() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path in import_closure([ROOT / "lambda_src" / "journal" / "opening.py"], ROOT):
            archive.write(path, path.relative_to(ROOT))
        archive.writestr("provider.py", PROVIDER)
    return content.getvalue()


def resources(release_id: str) -> dict[str, Any]:
    """What is released is one topic, made after the record."""
    contents = {"release_id": release_id, "git_commit": f"commit-of-{release_id}", "git_author": "A"}
    return {
        "Contents": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Name": "/contents", "Type": "String", "Value": json.dumps(contents)},
        },
        "Record": {
            "Type": "Custom::ReleaseRecord",
            "DependsOn": "Contents",
            "Properties": {
                "ServiceToken": "arn:aws:lambda:eu-central-1:000000000000:function:provider",
                "Environment": "demo",
                "ReleaseId": release_id,
                "Journal": TABLE,
                "HoldParameter": HOLD,
                "ContentsParameter": "/contents",
            },
        },
        "Released": {
            "Type": "AWS::SNS::Topic",
            "DependsOn": "Record",
            "Properties": {"DisplayName": release_id},
        },
    }


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    with started(tmp_path_factory.mktemp("cloud")) as cloud:
        keys = [("stream", "HASH"), ("id", "RANGE")]
        cloud.client("dynamodb").create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
            BillingMode="PAY_PER_REQUEST",
        )
        cloud.client("lambda").create_function(
            FunctionName="provider",
            Runtime="python3.11",
            Role=execution_role(cloud, "dynamodb:*", "ssm:*", "cloudformation:DescribeStacks"),
            Handler="provider.handler",
            Code={"ZipFile": package()},
            # Stands for the layer of dependencies.
            Environment={"Variables": {"PYTHONPATH": sysconfig.get_path("purelib")}},
            Timeout=30,
        )
        yield cloud


def update(cloud: EmbeddedCloud, release_id: str) -> str:
    """Updates the stack; returns the status that it ends in."""
    client = cloud.client("cloudformation")
    client.update_stack(StackName=STACK, TemplateBody=json.dumps({"Resources": resources(release_id)}))
    return str(settled(client, STACK)["StackStatus"])


def ended(cloud: EmbeddedCloud) -> ReleaseRecord:
    """The newest record, after the recorder's work."""
    clients = Clients(
        cloudformation=cloud.client("cloudformation"), dynamodb=cloud.client("dynamodb"), ssm=cloud.client("ssm")
    )
    close(Where(environment="demo", stack=STACK, table=TABLE, contents_parameter="/contents"), clients)
    return Journal(clients.dynamodb, table=TABLE).records()[0]


def topic_name(cloud: EmbeddedCloud) -> str:
    (topic,) = cloud.client("sns").list_topics()["Topics"]
    attributes = cloud.client("sns").get_topic_attributes(TopicArn=topic["TopicArn"])["Attributes"]
    return str(attributes["DisplayName"])


def test_a_release_its_refusal_and_the_release_after_it(cloud: EmbeddedCloud) -> None:
    put(cloud, STACK, resources("one"))
    first = ended(cloud)
    assert (first.release_id, first.commit, first.outcome) == ("one", "commit-of-one", Outcome.RELEASED)
    assert [phase["name"] for phase in first.phases] == ["deployment", "complete"]
    assert first.changed is not None
    assert "Released (AWS::SNS::Topic)" in first.changed

    hold = {"reason": "rolled back to one", "at": "2026-01-31T12:00:00+00:00", "by": "B"}
    cloud.client("ssm").put_parameter(Name=HOLD, Value=json.dumps(hold), Type="String")
    assert update(cloud, "two") == "UPDATE_ROLLBACK_COMPLETE"
    held = ended(cloud)
    assert (held.release_id, held.outcome) == ("two", Outcome.ROLLED_BACK)
    assert held.error is not None
    assert held.error["code"] == "on-hold"
    assert "acinaces deploy --env demo --clear-hold" in held.error["message"]
    assert topic_name(cloud) == "one", "nothing was changed"

    cloud.client("ssm").delete_parameter(Name=HOLD)
    assert update(cloud, "two") == "UPDATE_COMPLETE"
    assert topic_name(cloud) == "two"
    third = ended(cloud)
    assert (third.release_id, third.outcome) == ("two", Outcome.RELEASED)
    assert third.attempt != held.attempt
    assert len(Journal(cloud.client("dynamodb"), table=TABLE).records()) == 3


def test_a_stack_that_goes_is_not_held_up(cloud: EmbeddedCloud) -> None:
    client = cloud.client("cloudformation")
    stack_id = str(client.describe_stacks(StackName=STACK)["Stacks"][0]["StackId"])
    client.delete_stack(StackName=STACK)
    assert settled(client, stack_id)["StackStatus"] == "DELETE_COMPLETE"
