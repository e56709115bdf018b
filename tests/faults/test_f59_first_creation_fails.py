"""F59: the first creation of a stack of a protected environment fails halfway. The next attempt succeeds.

Production's own templates, on the embedded cloud in production's account, deployed as the CDK command line does it:
termination protection as the stack's author said, before anything is made; and a stack whose creation failed is
deleted before the next attempt. Custom resources are played by one function, which fills the site's bucket.
"""

from __future__ import annotations

import copy
import io
import json
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from environments import load_environment
from lambda_src.operations import protection
from local import ports
from local.cloud import EmbeddedCloud
from tests.support.synthesis import Synthesis

pytestmark = [pytest.mark.xdist_group("emulator")]
ENVIRONMENT = load_environment("production")
PARTS = ("Network", "Data", "Secrets", "Edge", "Release", "Operations")
# Refers to what does not exist: fails once everything that it depends on is there.
BROKEN = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "{{resolve:ssm:/not-there}}"}}
# What could stay behind, keep its name or refuse to go.
STATEFUL = (
    "AWS::Backup::BackupVault",
    "AWS::DynamoDB::Table",
    "AWS::KMS::Alias",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
    "AWS::Scheduler::ScheduleGroup",
    "AWS::SecretsManager::Secret",
    "Custom::CDKBucketDeployment",
)
PLAYER = """
import boto3, json, urllib.request

def handler(event, context):
    bucket = event["ResourceProperties"].get("DestinationBucketName")
    if bucket and event["RequestType"] == "Create":
        boto3.client("s3").put_object(Bucket=bucket, Key="index.html", Body=b"x")
    answer = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    answer |= {"Status": "SUCCESS", "PhysicalResourceId": event["LogicalResourceId"]}
    answer |= {"Data": event["ResourceProperties"]["Played"]}
    request = urllib.request.Request(event["ResponseURL"], data=json.dumps(answer).encode(), method="PUT")
    urllib.request.urlopen(request)
"""


@pytest.fixture(scope="module")
def cloud(
    tmp_path_factory: pytest.TempPathFactory, synthesis_of: Callable[[str], Synthesis]
) -> Iterator[EmbeddedCloud]:
    """Production's account, bootstrapped, with production's files; nothing is deployed."""
    found = EmbeddedCloud(
        port=ports.free_port(), state=tmp_path_factory.mktemp("cloud"), account=ENVIRONMENT.aws.account
    )
    try:
        found.start()
        for region in ENVIRONMENT.regions:
            name = "/cdk-bootstrap/hnb659fds/version"
            found.client("ssm", region=region).put_parameter(Name=name, Value="99", Type="String")
        publish(found, synthesis_of("production").directory)
        make_player(found)
        yield found
    finally:
        found.stop()


def make_player(cloud: EmbeddedCloud) -> None:
    """The function that plays custom resources, and its role."""
    iam = cloud.client("iam")
    principal = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [principal]})
    role = iam.create_role(RoleName="player", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    allow = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam.put_role_policy(RoleName="player", PolicyName="publish", PolicyDocument=policy)
    cloud.client("lambda").create_function(
        FunctionName="player",
        Runtime="python3.11",
        Handler="m.handler",
        Role=role,
        Code={"ZipFile": zipped({"m.py": PLAYER.encode()})},
    )


def publish(cloud: EmbeddedCloud, assembly: Path) -> None:
    """The files of functions and layers, as `cdk` uploads them."""
    for manifest in assembly.glob("*.assets.json"):
        for asset in json.loads(manifest.read_text(encoding="utf-8"))["files"].values():
            source = assembly / asset["source"]["path"]
            for place in asset["destinations"].values():
                bucket = place["bucketName"].replace("${AWS::Region}", place.get("region", cloud.region))
                client = cloud.client("s3", region=place.get("region"))
                if bucket not in {one["Name"] for one in client.list_buckets()["Buckets"]}:
                    client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": cloud.region})
                body = source.read_bytes() if source.is_file() else folder(source)
                client.put_object(Bucket=bucket, Key=place["objectKey"], Body=body)


def folder(source: Path) -> bytes:
    return zipped({str(path.relative_to(source)): path.read_bytes() for path in source.rglob("*") if path.is_file()})


def zipped(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


class Stack:
    """One of the environment's stacks, deployed as the CDK command line does it."""

    def __init__(self, cloud: EmbeddedCloud, synthesis: Synthesis, part: str) -> None:
        self.name = f"Acinaces-{synthesis.environment}-{part}"
        artifact = json.loads((synthesis.directory / "manifest.json").read_text(encoding="utf-8"))["artifacts"]
        self._protected = bool(artifact[self.name]["properties"].get("terminationProtection"))
        self.template = copy.deepcopy(synthesis.templates[part])
        self.client = cloud.client("cloudformation", region="us-east-1" if part == "Edge" else None)
        self._bucket = cloud.client("s3"), f"cdk-hnb659fds-assets-{cloud.account}-{cloud.region}"
        self._url = cloud.url
        player = f"arn:aws:lambda:{cloud.region}:{cloud.account}:function:player"
        asked = re.findall(r'"Fn::GetAtt": \["(\w+)", "(\w+)"\]', json.dumps(self.template))
        for name, resource in self.template["Resources"].items():
            if resource["Type"].startswith("Custom::"):
                played = {attribute: attribute for one, attribute in asked if one == name}
                resource["Properties"] |= {"ServiceToken": player, "Played": played}

    def points(self) -> list[str]:
        """Where the creation is to fail: after the first and the last thing that holds state, and after everything."""
        found = [name for name, one in self.template["Resources"].items() if one["Type"] in STATEFUL]
        return list(dict.fromkeys([*found[:1], *found[-1:], "everything"]))

    def deploy(self, *, fails_after: str | None = None) -> str:
        """One attempt; the status that it ends in."""
        template = copy.deepcopy(self.template)
        if fails_after is not None:
            every = list(template["Resources"])
            after = every if fails_after == "everything" else [fails_after]
            template["Resources"]["Broken"] = {**BROKEN, "DependsOn": after}
        if self.status() is not None:
            self.client.delete_stack(StackName=self.name)
            assert self._settled() is None, self.failures()
        client, bucket = self._bucket
        client.put_object(Bucket=bucket, Key=self.name, Body=json.dumps(template))
        self.client.create_stack(
            StackName=self.name,
            TemplateURL=f"{self._url}/{bucket}/{self.name}",
            Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
            EnableTerminationProtection=self._protected,
        )
        return str(self._settled())

    def status(self) -> str | None:
        """None: there is no such stack."""
        try:
            return str(self.client.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"])
        except self.client.exceptions.ClientError:
            return None

    def is_protected(self) -> bool:
        return bool(self.client.describe_stacks(StackName=self.name)["Stacks"][0]["EnableTerminationProtection"])

    def failures(self) -> list[str]:
        events = self.client.describe_stack_events(StackName=self.name)["StackEvents"]
        return [
            f"{event['LogicalResourceId']} {event['ResourceStatus']}: {event.get('ResourceStatusReason')}"
            for event in events
            if event["ResourceStatus"].endswith("_FAILED")
        ]

    def _settled(self) -> str | None:
        ends_at = time.monotonic() + 120
        while (status := self.status()) is not None and status.endswith("_IN_PROGRESS"):
            assert time.monotonic() < ends_at, f"{self.name} is still {status}"
            time.sleep(0.05)
        return status


def test_every_first_creation_may_fail_and_is_tried_again(
    cloud: EmbeddedCloud, synthesis_of: Callable[[str], Synthesis]
) -> None:
    assert ENVIRONMENT.protected
    stacks = [Stack(cloud, synthesis_of("production"), part) for part in PARTS]
    for stack in stacks:
        for point in stack.points():
            assert stack.deploy(fails_after=point) == "ROLLBACK_COMPLETE", (point, stack.failures())
        assert stack.deploy() == "CREATE_COMPLETE", stack.failures()

    environment = function_environment(stacks[-1])
    with cloud.selected(), pytest.MonkeyPatch.context() as patch:
        # boto3 keeps the credentials that it found first, for tests of other clouds too.
        patch.setattr(boto3, "DEFAULT_SESSION", None)
        for name, value in environment.items():
            patch.setenv(name, str(value))
        protection.on_event({}, None)
        tables = [boto3.client("dynamodb").describe_table(TableName=name)["Table"] for name in tables_of(environment)]
    assert all(stack.is_protected() for stack in stacks)
    assert len(tables) == 8
    assert all(table["DeletionProtectionEnabled"] for table in tables)


def function_environment(operations: Stack) -> dict[str, Any]:
    """What the function that protects is given."""
    (found,) = (
        resource["Properties"]["Environment"]["Variables"]
        for resource in operations.template["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Function" and resource["Properties"]["Handler"] == _ENTRY
    )
    return dict(found)


def tables_of(environment: dict[str, Any]) -> list[str]:
    return str(environment["TABLES"]).split(",")


_ENTRY = "lambda_src.operations.protection.on_event"
