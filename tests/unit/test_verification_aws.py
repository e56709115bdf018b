"""The AWS calls through boto3 and the wire, against a server that answers as AWS does."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from lambda_src.verification.aws import AwsProblem, BotoAws
from tests.faults.support.server import Server, answer, in_turn


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture(scope="module")
def shared(server: Server) -> BotoAws:
    options = {
        "endpoint_url": server.url,
        "region_name": "eu-central-1",
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
    }
    return BotoAws(client_options=options, sleep=lambda _s: None)


@pytest.fixture
def aws(server: Server, shared: BotoAws) -> BotoAws:
    server.received.clear()
    server.routes.clear()
    return shared


def test_a_stacks_status(server: Server, aws: BotoAws) -> None:
    server.default = answer(
        200,
        "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>s</StackName>"
        "<CreationTime>2030-01-01T00:00:00Z</CreationTime><StackStatus>UPDATE_ROLLBACK_IN_PROGRESS</StackStatus>"
        "</member></Stacks></DescribeStacksResult></DescribeStacksResponse>",
    )

    assert aws.stack_status("arn:stack") == "UPDATE_ROLLBACK_IN_PROGRESS"
    assert b"StackName=arn%3Astack" in server.received[0].body


def test_deleting_a_row_says_whether_it_was_there(server: Server, aws: BotoAws) -> None:
    server.default = in_turn(answer(200, {"Attributes": {"templateId": {"S": "smoke-1"}}}), answer(200, {}))

    assert [aws.delete_row("t", {"templateId": "smoke-1"}) for _ in range(2)] == [True, False]
    assert json.loads(server.received[0].body)["Key"] == {"templateId": {"S": "smoke-1"}}


@pytest.mark.parametrize(("status", "code"), [(404, "NoSuchKey"), (403, "AccessDenied")])
def test_an_absent_object_is_none_at_once(server: Server, aws: BotoAws, status: int, code: str) -> None:
    server.default = answer(status, f"<Error><Code>{code}</Code><Message>no</Message></Error>")

    assert aws.get_object("b", "k.json") is None
    assert len(server.received) == 1, "without ListBucket a missing key is AccessDenied: not waited for"


def test_an_object_is_stored_and_read(server: Server, aws: BotoAws) -> None:
    server.default = in_turn(answer(200), answer(200, b'{"a": 1}'))

    aws.put_object("b", "releases/k.json", b'{"a": 1}')

    assert aws.get_object("b", "releases/k.json") == b'{"a": 1}'
    assert server.received[0].path.endswith("releases/k.json")
    assert server.received[0].headers["content-type"] == "application/json"


def test_an_error_says_which_call_on_what_and_why(server: Server, aws: BotoAws) -> None:
    server.default = answer(400, {"__type": "ResourceNotFoundException", "message": "Requested resource not found"})

    with pytest.raises(
        AwsProblem, match=r"dynamodb delete_item on t \{'k': 'v'\}: ResourceNotFoundException: Requested resource not"
    ) as problem:
        aws.delete_row("t", {"k": "v"})
    assert problem.value.code == "ResourceNotFoundException"
