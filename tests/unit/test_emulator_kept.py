"""What the embedded cloud holds comes back: after its end, after a crash, and never half of it."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import keeping, ports, processes
from local.cloud import EmbeddedCloud
from local.processes import ProcessRecord
from local.state import read_json
from ops.errors import ExitCode, OperatorError
from tests.support.embedded import execution_role, function, put

pytestmark = [pytest.mark.xdist_group("emulator")]

RESOURCES = {
    "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "kept"}},
    "Nat": {"Type": "AWS::EC2::NatGateway", "Properties": {"SubnetId": "subnet-1"}},
    "Table": {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "TableName": "kept",
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        },
    },
}


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def cloud(tmp_path: Path, told: list[str]) -> Iterator[EmbeddedCloud]:
    cloud = EmbeddedCloud(port=ports.free_port(), state=tmp_path / "state", keeps=True, tell=told.append)
    assert cloud.start() is True
    yield cloud
    cloud.clear()


def fill(cloud: EmbeddedCloud) -> None:
    put(cloud, "kept", RESOURCES)
    cloud.client("dynamodb").put_item(TableName="kept", Item={"id": {"S": "one"}})
    cloud.client("s3").put_object(Bucket="kept", Key="folder/object", Body=b"content")
    cloud.client("secretsmanager").create_secret(Name="kept", SecretString="value")
    code = {"ZipFile": function("import large\ndef handler(event, context):\n  return event\n")}
    # Large enough for a file of its own.
    layer = cloud.client("lambda").publish_layer_version(LayerName="kept", Content={"ZipFile": large()})
    cloud.client("lambda").create_function(
        FunctionName="kept",
        Runtime="python3.11",
        Role=execution_role(cloud),
        Handler="m.handler",
        Code=code,
        Layers=[layer["LayerVersionArn"]],
        Publish=True,
    )


def large() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("python/large.py", f"TEXT = {'x' * 100_000!r}\n")
    return content.getvalue()


def check(cloud: EmbeddedCloud) -> None:
    assert cloud.client("dynamodb").get_item(TableName="kept", Key={"id": {"S": "one"}})["Item"]
    assert cloud.client("s3").get_object(Bucket="kept", Key="folder/object")["Body"].read() == b"content"
    assert cloud.client("secretsmanager").get_secret_value(SecretId="kept")["SecretString"] == "value"
    assert cloud.client("lambda").invoke(FunctionName="kept:1", Payload=b'"sent"')["Payload"].read() == b'"sent"'
    # A recorded resource answers for attributes that it was not asked for before.
    more = {"More": {"Type": "AWS::SNS::Topic", "Properties": {}}}
    outputs = put(cloud, "kept", {**RESOURCES, **more}, outputs={"Id": {"Fn::GetAtt": ["Nat", "NatGatewayId"]}})
    assert outputs["Id"].startswith("nat-")


def kill(cloud: EmbeddedCloud, name: str) -> None:
    process = processes.running(ProcessRecord.parse(read_json(cloud.state.processes)[name]))
    assert process is not None
    process.kill()
    processes.stop([process])


def test_it_comes_back_after_its_end(cloud: EmbeddedCloud, told: list[str]) -> None:
    fill(cloud)
    redis, key = read_json(cloud.state.processes)["redis_port"], cloud.variables()["AWS_SECRET_ACCESS_KEY"]

    assert cloud.stop() is True
    assert cloud.start() is False

    check(cloud)
    assert "is back" in told[-1]
    # Resources name this port; the key is another one.
    assert read_json(cloud.state.processes)["redis_port"] == redis
    assert cloud.variables()["AWS_SECRET_ACCESS_KEY"] != key


def test_a_killed_one_goes_back_to_what_was_kept(cloud: EmbeddedCloud, told: list[str]) -> None:
    fill(cloud)
    cloud.keep()
    put(cloud, "later", {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "later"}}})
    kill(cloud, "emulator")

    assert cloud.start() is False

    assert "had ended without saving (killed?): going back to what was kept at" in told[-1]
    assert [bucket["Name"] for bucket in cloud.client("s3").list_buckets()["Buckets"]] == ["kept"]
    put(cloud, "later", {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "later"}}})
    check(cloud)


def test_one_killed_before_anything_was_kept_begins_empty(cloud: EmbeddedCloud, told: list[str]) -> None:
    fill(cloud)
    kill(cloud, "emulator")

    assert cloud.start() is True
    assert told[-1].endswith("nothing was kept yet, beginning empty")


def test_nothing_is_kept_while_a_stack_is_in_progress(cloud: EmbeddedCloud) -> None:
    code = "import time\ndef handler(event, context):\n  time.sleep(60)\n"
    cloud.client("lambda").create_function(
        FunctionName="hangs",
        Runtime="python3.11",
        Role=execution_role(cloud),
        Handler="m.handler",
        Code={"ZipFile": function(code)},
        Timeout=60,
    )
    token = "arn:aws:lambda:eu-central-1:000000000000:function:hangs"
    resources = {"Hangs": {"Type": "Custom::Hangs", "Properties": {"ServiceToken": token}}}
    cloud.client("cloudformation").create_stack(StackName="hangs", TemplateBody=json.dumps({"Resources": resources}))

    with pytest.raises(OperatorError, match="hangs is in progress"):
        cloud.keep()
    assert not cloud.state.kept.exists()


def test_kept_state_is_this_user_s_and_half_of_it_is_dropped(cloud: EmbeddedCloud) -> None:
    fill(cloud)
    cloud.stop()
    assert (cloud.state.kept.stat().st_mode & 0o777) == 0o700
    assert (cloud.state.path.stat().st_mode & 0o777) == 0o700
    files = [file for file in cloud.state.kept.rglob("*") if file.is_file()]
    assert [file for file in files if file.stat().st_mode & 0o077] == []

    # A crash between two services' files leaves no mark; one between the two renames leaves the old folder.
    (cloud.state.live / "services").mkdir(parents=True)
    (cloud.state.live / "services" / "s3.json").write_text("{half")
    os.replace(cloud.state.kept, cloud.state.kept.with_suffix(".old"))

    assert cloud.start() is False
    check(cloud)


def test_what_is_kept_stays_with_its_port_and_its_emulator(
    cloud: EmbeddedCloud, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.stop()
    elsewhere = EmbeddedCloud(port=ports.free_port(), state=cloud.state.path, keeps=True)

    with pytest.raises(OperatorError, match=f"belongs to port {cloud.port}") as refused:
        elsewhere.start()
    assert refused.value.code == ExitCode.PRECONDITION

    monkeypatch.setattr(keeping, "emulator_release", lambda: "ministack==0")
    assert cloud.start() is True
    assert told[-1].startswith("Beginning empty: what was kept is of ministack==")


def test_clean_removes_it_and_says_how_much(cloud: EmbeddedCloud) -> None:
    fill(cloud)
    cloud.stop()

    removed = cloud.clear()

    assert removed["kept"] > 0
    assert [path.name for path in cloud.state.path.iterdir()] == ["logs"]
    assert ports.is_free(cloud.port)
