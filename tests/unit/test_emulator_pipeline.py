"""The pipeline's own stacks on the embedded cloud: made with bootstrap's policies, and what their roles may do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from delivery import roles
from local import ports
from local.cloud import EmbeddedCloud
from ops.bootstrap.template import pipeline_access_template
from tests.support.embedded import settled
from tests.support.pipeline_synthesis import PipelineSynthesis
from tests.support.roles import as_role, assumed

pytestmark = [pytest.mark.xdist_group("emulator")]
ACCOUNT = "555555555555"
EXECUTION = "cdk-hnb659fds-cfn-exec-role"
PIPELINE = "Acinaces-main-Pipeline"
VERSION = "/cdk-bootstrap/hnb659fds/version"


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def trusted(**principal: str) -> str:
    return policy({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})


@dataclass(frozen=True)
class Made:
    """The cloud with the pipeline's stack in it, and the store of artefacts."""

    cloud: EmbeddedCloud
    status: str
    failures: list[str]
    store: str

    def role(self, part: str) -> Any:
        """A client of S3 with the pipeline's role called so, which CodeBuild takes otherwise."""
        name = roles.named("main", part)
        trust = trusted(AWS=f"arn:aws:iam::{ACCOUNT}:root")
        self.cloud.client("iam").update_assume_role_policy(RoleName=name, PolicyDocument=trust)
        return assumed(self.cloud, f"arn:aws:iam::{ACCOUNT}:role/{name}", "s3")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, pipelines: PipelineSynthesis) -> Iterator[Made]:
    cloud = EmbeddedCloud(port=ports.free_port(), state=tmp_path_factory.mktemp("state"), account=ACCOUNT)
    cloud.start()
    try:
        _prepare(cloud)
        support = _create(cloud, "Acinaces-main-us-east-1-Artifacts", pipelines, region="us-east-1")
        assert support == "CREATE_COMPLETE"
        status = _create(cloud, PIPELINE, pipelines, region=cloud.region)
        client = cloud.client("cloudformation")
        pages = client.get_paginator("describe_stack_events").paginate(StackName=PIPELINE)
        events = [event for page in pages for event in page["StackEvents"]]
        resources = client.describe_stack_resources(StackName=PIPELINE)["StackResources"]
        failures = [str(one.get("ResourceStatusReason")) for one in events if "FAILED" in one["ResourceStatus"]]
        assert status == "CREATE_COMPLETE", "\n".join(failures)
        yield Made(
            cloud,
            status,
            failures,
            next(one["PhysicalResourceId"] for one in resources if one["LogicalResourceId"].startswith("StoreBucket4")),
        )
    finally:
        cloud.stop()


def _prepare(cloud: EmbeddedCloud) -> None:
    """As `acinaces bootstrap --pipeline` does: policies and boundary, and CDK's execution role with them alone."""
    client, iam = cloud.client("cloudformation"), cloud.client("iam")
    client.create_stack(
        StackName="Acinaces-Access",
        TemplateBody=json.dumps(pipeline_access_template()),
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    assert settled(client, "Acinaces-Access")["StackStatus"] == "CREATE_COMPLETE"
    iam.create_role(RoleName=EXECUTION, AssumeRolePolicyDocument=trusted(Service="cloudformation.amazonaws.com"))
    arn = f"arn:aws:iam::{ACCOUNT}:policy/acinaces-execution-pipeline"
    iam.attach_role_policy(RoleName=EXECUTION, PolicyArn=arn)
    for region in (cloud.region, "us-east-1"):
        cloud.client("ssm", region=region).put_parameter(Name=VERSION, Value="30", Type="String")
    place = {"LocationConstraint": cloud.region}
    cloud.client("s3").create_bucket(Bucket="templates", CreateBucketConfiguration=place)


def _create(cloud: EmbeddedCloud, name: str, pipelines: PipelineSynthesis, *, region: str) -> str:
    cloud.client("s3").put_object(Bucket="templates", Key=name, Body=json.dumps(pipelines.template(name)).encode())
    client = cloud.client("cloudformation", region=region)
    client.create_stack(
        StackName=name,
        TemplateURL=f"{cloud.url}/templates/{name}",
        RoleARN=f"arn:aws:iam::{ACCOUNT}:role/{EXECUTION}",
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    return str(settled(client, name)["StackStatus"])


def test_the_stack_is_made_with_the_policies_of_bootstrap_alone(made: Made) -> None:
    assert made.status == "CREATE_COMPLETE", made.failures


@pytest.mark.parametrize("part", ["tests", "acinaces-production-preflight"])
def test_no_build_but_synthesis_writes_the_assembly(made: Made, part: str) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        made.role(part).put_object(Bucket=made.store, Key="acinaces-main/Synth_Outp/one.zip", Body=b"another")


def test_synthesis_writes_it_and_nothing_else(made: Made) -> None:
    synth = made.role("synth")
    synth.put_object(Bucket=made.store, Key="acinaces-main/Synth_Outp/one.zip", Body=b"synthesised")
    with pytest.raises(ClientError, match="AccessDenied"):
        synth.put_object(Bucket=made.store, Key="acinaces-main/acinaces_p/one.zip", Body=b"other sources")


def test_the_store_refuses_an_assembly_of_an_administrator(made: Made) -> None:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    administrator = as_role(made.cloud, "administrator", "s3", everything)
    with pytest.raises(ClientError, match="with an explicit deny in a resource-based policy"):
        administrator.put_object(Bucket=made.store, Key="acinaces-main/Synth_Outp/one.zip", Body=b"another")
