"""`acinaces recover application` on an emulated CloudFormation: a stack that is gone, made again from what was kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from environments import load_environment
from lambda_src.journal import Journal, journal_table_name
from lambda_src.journal.keeping import keep, kept_keys
from local.cloud import EmbeddedCloud
from ops.errors import ExitCode, OperatorError
from ops.recovery import stacks
from ops.recovery.application import plan, recover
from ops.recovery.kept import files_of
from tests.support.embedded import document, execution_role, function, put, settled, started
from tests.support.records import attempt

pytestmark = [pytest.mark.xdist_group("emulator")]
LOCAL = load_environment("local")
RELEASE, OPERATIONS = "Acinaces-local-Release", "Acinaces-local-Operations"
REPORTS, STAGING = "reports", "staging"
FILE = "abc.json"
STOP = "/acinaces/local/emergency-stop"


# A custom resource that fails when it is deleted, as a bucket with files in it does.
STAYS = """
import json, urllib.request

def handler(event, context):
    answer = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    answer |= {"PhysicalResourceId": "it", "Reason": "no"}
    answer["Status"] = "FAILED" if event["RequestType"] == "Delete" else "SUCCESS"
    request = urllib.request.Request(event["ResponseURL"], data=json.dumps(answer).encode(), method="PUT")
    urllib.request.urlopen(request).close()
"""


def release(message: str = "one") -> dict[str, Any]:
    """A topic, and a state machine whose definition is a file in the staging bucket."""
    return {
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": message}},
        "Layer": {
            "Type": "AWS::Lambda::LayerVersion",
            "Properties": {"Content": {"S3Bucket": STAGING, "S3Key": FILE}, "LayerName": "layer"},
        },
    }


def operations() -> dict[str, Any]:
    """A parameter that refers to the release."""
    reference = {"Fn::GetStackOutput": {"StackName": RELEASE, "OutputName": "Topic", "Region": "eu-central-1"}}
    return {
        "Watched": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": reference}},
        "Stop": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": STOP, "Type": "String", "Value": "off"}},
    }


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    with started(tmp_path_factory.mktemp("cloud")) as cloud:
        location: Any = {"LocationConstraint": "eu-central-1"}
        for bucket in (REPORTS, STAGING):
            cloud.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=location)
        _bootstrap(cloud)
        keys = [("stream", "HASH"), ("id", "RANGE")]
        table = journal_table_name("local")
        cloud.client("dynamodb").create_table(
            TableName=table,
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
            BillingMode="PAY_PER_REQUEST",
        )
        journal = Journal(cloud.client("dynamodb"), table=table)
        kept = attempt("good", 0, artifacts=f"s3://{REPORTS}/releases/")
        bad = attempt("bad", 10, "rolled-back", verdict="failed", artifacts=f"s3://{REPORTS}/releases/")
        for entry in [*kept, *bad, *attempt("old", -10)]:
            journal.append(entry)
        yield cloud


def _bootstrap(cloud: EmbeddedCloud) -> None:
    """The role that CDK's bootstrap makes for CloudFormation, and that recovery gives it."""
    name = f"cdk-{LOCAL.aws.bootstrap_qualifier}-cfn-exec-role-{cloud.account}-{cloud.region}"
    trust = document(
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "cloudformation.amazonaws.com"},
        }
    )
    anything = document({"Effect": "Allow", "Action": "*", "Resource": "*"})
    iam = cloud.client("iam")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(anything))


@pytest.fixture
def lost(cloud: EmbeddedCloud, monkeypatch: pytest.MonkeyPatch) -> EmbeddedCloud:
    """The cloud after the release was deployed, kept and deleted; what an earlier test left goes first."""
    for name, value in cloud.variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(stacks, "_LOOK_EVERY_S", 0.05)
    s3, cloudformation = cloud.client("s3"), cloud.client("cloudformation")
    s3.put_object(Bucket=STAGING, Key=FILE, Body=b"PK\x05\x06" + 18 * b"\0")
    for name in (OPERATIONS, RELEASE):
        if stacks.status_of(cloudformation, name) is not None:
            stacks.remove(cloudformation, name, lambda _line: None)
    put(cloud, RELEASE, release(), outputs={"Topic": {"Ref": "Topic"}, "GateVerdict": "passed"})
    put(cloud, OPERATIONS, operations(), outputs={"Watched": {"Ref": "Watched"}})
    names = [RELEASE, OPERATIONS, "Acinaces-local-Nothing"]
    kept = keep(names, release_id="good-id", bucket=REPORTS, prefix="releases/", cloudformation=cloudformation, s3=s3)
    assert kept == [RELEASE, OPERATIONS]
    stack_id = cloudformation.describe_stacks(StackName=RELEASE)["Stacks"][0]["StackId"]
    cloudformation.delete_stack(StackName=RELEASE)
    assert settled(cloudformation, str(stack_id))["StackStatus"] == "DELETE_COMPLETE"
    return cloud


def refused(wanted: str) -> OperatorError:
    with pytest.raises(OperatorError) as raised:
        plan(LOCAL, wanted)
    assert raised.value.code is ExitCode.PRECONDITION
    return raised.value


def test_the_application_comes_back_and_operations_points_at_it(lost: EmbeddedCloud) -> None:
    chosen = plan(LOCAL, "good")
    assert chosen.files == 1
    lost.client("ssm").put_parameter(Name=STOP, Value="a person pulled it", Type="String", Overwrite=True)

    said: list[str] = []
    done = recover(LOCAL, chosen, said.append)

    assert (done.release_id, done.verdict, done.problem) == ("good-id", "passed", "")
    cloudformation = lost.client("cloudformation")
    (stack,) = cloudformation.describe_stacks(StackName=RELEASE)["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert done.operations == "made"
    outputs = {item["OutputKey"]: item["OutputValue"] for item in stack["Outputs"]}
    (watching,) = cloudformation.describe_stacks(StackName=OPERATIONS)["Stacks"]
    name = watching["Outputs"][0]["OutputValue"]
    assert lost.client("ssm").get_parameter(Name=name)["Parameter"]["Value"] == outputs["Topic"]
    # A stop that is on is not forgotten with the stack that has its parameter.
    assert lost.client("ssm").get_parameter(Name=STOP)["Parameter"]["Value"] == "a person pulled it"
    assert any(line.startswith(f"making {RELEASE}") for line in said)
    assert refused("good").error == "application-stands"


def test_keys_of_a_rotation_make_room_for_the_one_that_the_stack_makes(lost: EmbeddedCloud) -> None:
    client, name = lost.client("apigateway"), LOCAL.resource_name("api")
    for made in (f"{name}-rotated-1", f"{name}-rotated-2", f"{name}-other"):
        client.create_api_key(name=made, value=f"{made}-0123456789", enabled=True)

    said: list[str] = []
    recover(LOCAL, plan(LOCAL, "good"), said.append)

    assert [key["name"] for key in client.get_api_keys()["items"]] == [f"{name}-other"]
    assert sum(line.startswith("removed the API key") for line in said) == 2


def test_what_cannot_be_made_again_is_refused_before_anything_is_done(lost: EmbeddedCloud) -> None:
    assert "never passed its gate" in str(refused("bad"))
    assert "does not say where" in str(refused("old"))
    assert refused("nobody").error == "release-not-found"
    lost.client("s3").delete_object(Bucket=STAGING, Key=FILE)
    gone = refused("good")
    assert f"1 of its 1 files are gone: {FILE}" in str(gone)
    assert gone.next_step == "git switch --detach c-good && acinaces deploy --env local"
    _, template = kept_keys("releases/", "good-id", RELEASE)
    lost.client("s3").delete_object(Bucket=REPORTS, Key=template)
    assert f"there is no s3://{REPORTS}/{template}" in str(refused("good"))
    assert stacks.status_of(lost.client("cloudformation"), RELEASE) is None


def test_what_is_left_of_a_failed_attempt_goes_first(lost: EmbeddedCloud) -> None:
    client = lost.client("cloudformation")
    broken = {
        "Broken": {"Type": "Custom::X", "Properties": {"ServiceToken": "arn:aws:lambda:eu-central-1:0:function:x"}}
    }
    client.create_stack(StackName=RELEASE, TemplateBody=json.dumps({"Resources": broken}))
    assert settled(client, RELEASE)["StackStatus"] == "ROLLBACK_COMPLETE"

    chosen = plan(LOCAL, "good")
    assert chosen.removed == (OPERATIONS, RELEASE)
    assert recover(LOCAL, chosen, lambda _line: None).verdict == "passed"


def test_what_cannot_be_deleted_is_left_behind(lost: EmbeddedCloud) -> None:
    client = lost.client("cloudformation")
    lost.client("lambda").create_function(
        FunctionName="stays",
        Runtime="python3.11",
        Role=execution_role(lost),
        Handler="m.handler",
        Code={"ZipFile": function(STAYS)},
    )
    token = "arn:aws:lambda:eu-central-1:000000000000:function:stays"
    topic = {"Type": "AWS::SNS::Topic"}
    put(lost, "full", {"Stays": {"Type": "Custom::Stays", "Properties": {"ServiceToken": token}}, "Goes": topic})
    said: list[str] = []
    stacks.remove(client, "full", said.append)
    assert stacks.status_of(client, "full") is None
    assert "leaving behind what cannot be deleted: Stays" in said


def test_every_file_of_a_template_is_looked_for() -> None:
    function = {"Properties": {"Code": {"S3Bucket": "b", "S3Key": "f"}}}
    publication = {"Properties": {"SourceBucketNames": ["b", {"Ref": "X"}], "SourceObjectKeys": ["s", "t"]}}
    inline = {"Properties": {"Code": {"ZipFile": "pass"}}}
    template = {"Resources": {"F": function, "P": publication, "I": inline, "N": {}}}
    assert sorted(files_of(template)) == [("b", "f"), ("b", "s")]
