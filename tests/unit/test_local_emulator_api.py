"""Mends that the security checks rely on, at work: limits of single methods, and whether a policy is public."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from local.cloud import EmbeddedCloud
from local.loopback import status_of
from tests.support.embedded import put, started

pytestmark = [pytest.mark.xdist_group("emulator")]
MOCK = {
    "Type": "MOCK",
    "RequestTemplates": {"application/json": '{"statusCode": 200}'},
    "IntegrationResponses": [{"StatusCode": "200"}],
}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    with started(tmp_path_factory.mktemp("cloud")) as cloud:
        yield cloud


def resource(parent: Any, part: str) -> dict[str, Any]:
    properties = {"RestApiId": {"Ref": "Api"}, "ParentId": parent, "PathPart": part}
    return {"Type": "AWS::ApiGateway::Resource", "Properties": properties}


def method(path: str) -> dict[str, Any]:
    properties = {
        "RestApiId": {"Ref": "Api"},
        "ResourceId": {"Ref": path},
        "HttpMethod": "GET",
        "AuthorizationType": "NONE",
        "Integration": MOCK,
        "MethodResponses": [{"StatusCode": "200"}],
    }
    return {"Type": "AWS::ApiGateway::Method", "Properties": properties}


def test_a_method_with_a_limit_of_its_own_is_throttled_and_no_other(cloud: EmbeddedCloud) -> None:
    settings = [
        {"ResourcePath": "/*", "HttpMethod": "*", "ThrottlingRateLimit": 100, "ThrottlingBurstLimit": 200},
        {"ResourcePath": "/~1one~1two", "HttpMethod": "GET", "ThrottlingRateLimit": 0.001, "ThrottlingBurstLimit": 2},
    ]
    stage = {"RestApiId": {"Ref": "Api"}, "DeploymentId": {"Ref": "Deployment"}, "StageName": "live"}
    api = put(
        cloud,
        "limits",
        {
            "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "limits"}},
            "One": resource({"Fn::GetAtt": ["Api", "RootResourceId"]}, "one"),
            "Two": resource({"Ref": "One"}, "two"),
            "GetOne": method("One"),
            "GetTwo": method("Two"),
            "Deployment": {
                "Type": "AWS::ApiGateway::Deployment",
                "Properties": {"RestApiId": {"Ref": "Api"}},
                "DependsOn": ["GetOne", "GetTwo"],
            },
            "Stage": {"Type": "AWS::ApiGateway::Stage", "Properties": {**stage, "MethodSettings": settings}},
        },
        outputs={"Id": {"Ref": "Api"}},
    )["Id"]

    def statuses(path: str) -> Counter[int | None]:
        url = f"http://{api}.execute-api.localhost:{cloud.port}/live{path}"
        return Counter(status_of(url, time_limit_s=10) for _ in range(5))

    assert statuses("/one/two") == {200: 2, 429: 3}
    assert statuses("/one") == {200: 5}


@pytest.mark.parametrize(("principal", "public"), [("*", True), ({"AWS": "arn:aws:iam::000000000000:root"}, False)])
def test_the_status_of_a_bucket_s_policy(cloud: EmbeddedCloud, principal: Any, public: bool) -> None:
    s3, name = cloud.client("s3"), f"policy-{str(public).lower()}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.delete_public_access_block(Bucket=name)
    with pytest.raises(s3.exceptions.ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy_status(Bucket=name)

    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{name}/*",
    }
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))

    assert s3.get_bucket_policy_status(Bucket=name)["PolicyStatus"] == {"IsPublic": public}
    assert s3.list_objects_v2(Bucket=name)["KeyCount"] == 0, "other questions are answered as before"
