"""The embedded cloud evaluates policies as IAM does: identity, boundary, resource and trust policies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.cloud import EmbeddedCloud
from tests.support.embedded import document, put, started

pytestmark = [pytest.mark.xdist_group("emulator")]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    with started(tmp_path_factory.mktemp("cloud")) as cloud:
        yield cloud


def allow(*actions: str, on: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **more}


def trusting(principal: dict[str, Any], **more: Any) -> dict[str, Any]:
    return document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, **more})


def assumed(cloud: EmbeddedCloud, role: str) -> boto3.Session:
    """A session in `role`; clients of it are pointed at `cloud` by `as_role`."""
    arn = f"arn:aws:iam::{cloud.account}:role/{role}"
    taken = cloud.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
    return boto3.Session(taken["AccessKeyId"], taken["SecretAccessKey"], taken["SessionToken"], cloud.region)


def role(cloud: EmbeddedCloud, name: str, *statements: dict[str, Any], **more: Any) -> boto3.Session:
    """A role with one inline policy, made past CloudFormation, and a session in it."""
    iam = cloud.client("iam")
    trust = json.dumps(trusting({"AWS": cloud.account}))
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, **more)
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(document(*statements)))
    return assumed(cloud, name)


def test_a_role_may_do_what_its_policy_allows_and_nothing_else(cloud: EmbeddedCloud) -> None:
    key = {"AttributeName": "pk", "KeyType": "HASH"}
    table = {
        "TableName": "rows",
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [key],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    }
    put(cloud, "rows", {"Table": {"Type": "AWS::DynamoDB::Table", "Properties": table}})
    reader = role(cloud, "reader", allow("dynamodb:GetItem")).client("dynamodb", endpoint_url=cloud.url)
    assert "Item" not in reader.get_item(TableName="rows", Key={"pk": {"S": "1"}})
    with pytest.raises(ClientError) as refused:
        reader.put_item(TableName="rows", Item={"pk": {"S": "1"}})
    error = refused.value.response["Error"]
    assert error["Code"] == "AccessDeniedException"
    assert error["Message"] == (
        f"User: arn:aws:sts::{cloud.account}:assumed-role/reader/test is not authorized to perform: dynamodb:PutItem "
        "because no identity-based policy allows the dynamodb:PutItem action"
    )


def test_a_boundary_takes_away_what_a_policy_gives(cloud: EmbeddedCloud) -> None:
    boundary = cloud.client("iam").create_policy(
        PolicyName="boundary", PolicyDocument=json.dumps(document(allow("sns:*")))
    )["Policy"]["Arn"]
    bounded = role(cloud, "bounded", allow("sns:*", "sqs:*"), PermissionsBoundary=boundary)
    bounded.client("sns", endpoint_url=cloud.url).list_topics()
    with pytest.raises(ClientError, match="not authorized to perform: sqs:ListQueues"):
        bounded.client("sqs", endpoint_url=cloud.url).list_queues()


def test_loopback_counts_as_secure_transport(cloud: EmbeddedCloud) -> None:
    """A bucket that denies requests without TLS can be used."""
    deny = {
        "Effect": "Deny",
        "Action": "s3:*",
        "Principal": "*",
        "Resource": "arn:aws:s3:::only-tls/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="only-tls", CreateBucketConfiguration={"LocationConstraint": cloud.region})
    s3.put_bucket_policy(Bucket="only-tls", Policy=json.dumps(document(deny)))
    writer = role(cloud, "writer", allow("s3:PutObject"))
    writer.client("s3", endpoint_url=cloud.url).put_object(Bucket="only-tls", Key="one", Body=b"1")


def test_a_role_that_does_not_trust_the_caller_is_not_assumed(cloud: EmbeddedCloud) -> None:
    trust = json.dumps(trusting({"Service": "lambda.amazonaws.com"}))
    cloud.client("iam").create_role(RoleName="of-functions", AssumeRolePolicyDocument=trust)
    caller = role(cloud, "caller", allow("sts:AssumeRole"))
    with pytest.raises(ClientError, match="not authorized to perform: sts:AssumeRole"):
        caller.client("sts", endpoint_url=cloud.url).assume_role(
            RoleArn=f"arn:aws:iam::{cloud.account}:role/of-functions", RoleSessionName="test"
        )
