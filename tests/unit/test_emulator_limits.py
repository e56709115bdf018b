"""Sizes and quotas that AWS refuses, in its own words. A real emulator with the quota of a new account, no CDK."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud import EmbeddedCloud
from tests.support.embedded import execution_role, function, put, started

pytestmark = [pytest.mark.xdist_group("emulator")]
ROLE = "arn:aws:iam::000000000000:role/f"
KB, MB = 1024, 1024 * 1024
CODE = "def handler(event, context): return 'x' * event['answer'] if 'answer' in event else None"
NEW_ACCOUNT = 10


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    with started(tmp_path_factory.mktemp("cloud"), concurrency=NEW_ACCOUNT) as cloud:
        assert execution_role(cloud, name="f") == ROLE
        lambdas = cloud.client("lambda")
        names = {"FunctionName": "f", "Runtime": "python3.12", "Handler": "m.handler", "Role": ROLE}
        lambdas.create_function(**names, Code={"ZipFile": function(CODE)})
        cloud.client("secretsmanager").create_secret(Name="s", SecretString="x")
        cloud.client("logs").create_log_group(logGroupName="g")
        cloud.client("logs").create_log_stream(logGroupName="g", logStreamName="s")
        machine = {"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": True}}}
        cloud.client("stepfunctions").create_state_machine(name="m", roleArn=ROLE, definition=json.dumps(machine))
        yield cloud


def variables(size: int) -> dict[str, Any]:
    return {"Variables": {"A": "x" * (size - len('{"A":""}'))}}


def event(size: int) -> dict[str, Any]:
    return {"Source": "s", "DetailType": "t", "Detail": json.dumps({"a": "x" * size})}


Call = Callable[[EmbeddedCloud, int], Any]
MACHINE = "arn:aws:states:eu-central-1:000000000000:stateMachine:m"
# What is called with a size; the largest that is taken; code and message of the next one.
LIMITS: list[tuple[Call, int, str, str]] = [
    (
        lambda c, n: c.client("lambda").invoke(FunctionName="f", Payload=json.dumps({"a": "x" * (n - 9)})),
        6 * MB,
        "RequestEntityTooLargeException",
        "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
    ),
    (
        lambda c, n: c.client("lambda").invoke(
            FunctionName="f", InvocationType="Event", Payload=json.dumps({"a": "x" * (n - 9)})
        ),
        MB,
        "RequestTooLargeException",
        r"1048577 byte payload is too large for the Event invocation type \(limit 1048576 bytes\)",
    ),
    (
        lambda c, n: c.client("lambda").update_function_configuration(FunctionName="f", Environment=variables(n)),
        4 * KB,
        "InvalidParameterValueException",
        "environment variables you have provided exceeded the 4KB limit. String measured",
    ),
    (
        lambda c, n: c.client("ssm").put_parameter(Name="p", Type="String", Value="x" * n, Overwrite=True),
        4 * KB,
        "ValidationException",
        "Standard tier parameters support a maximum parameter value of 4096 characters",
    ),
    (
        lambda c, n: c.client("ssm").put_parameter(
            Name="a", Type="String", Value="x" * n, Overwrite=True, Tier="Intelligent-Tiering"
        ),
        8 * KB,
        "ValidationException",
        "length less than or equal to 8192",
    ),
    (
        lambda c, n: c.client("secretsmanager").put_secret_value(SecretId="s", SecretString="x" * n),
        64 * KB,
        "ValidationException",
        "length less than or equal to 65536",
    ),
    (
        lambda c, n: c.client("events").put_events(Entries=[event(n - len('{"a": ""}') - 2)]),
        MB,
        "ValidationException",
        "Total size of the entries in the request is over the limit",
    ),
    (
        lambda c, n: c.client("stepfunctions").start_execution(
            stateMachineArn=MACHINE, input=json.dumps({"a": "x" * (n - 9)})
        ),
        256 * KB,
        "ValidationException",
        "length less than or equal to 262144",
    ),
    (
        lambda c, n: c.client("logs").put_log_events(
            logGroupName="g",
            logStreamName="s",
            logEvents=[{"timestamp": int(time.time() * 1000), "message": "x" * (n - 26)}],
        ),
        MB,
        "InvalidParameterException",
        "Log event too large: 1048577 bytes exceeds limit of 1048576",
    ),
    (
        lambda c, n: c.client("sqs").send_message(
            QueueUrl=c.client("sqs").create_queue(QueueName="q")["QueueUrl"], MessageBody="x" * n
        ),
        MB,
        "InvalidParameterValue",
        "Message must be shorter than 1048576 bytes",
    ),
    (
        lambda c, n: c.client("sns").publish(
            TopicArn=c.client("sns").create_topic(Name="t")["TopicArn"], Message="x" * n
        ),
        256 * KB,
        "InvalidParameter",
        "Message too long",
    ),
]


@pytest.mark.parametrize(("call", "most", "code", "message"), LIMITS, ids=[f"{each[2]}-{each[1]}" for each in LIMITS])
def test_one_byte_more_is_refused(cloud: EmbeddedCloud, call: Call, most: int, code: str, message: str) -> None:
    call(cloud, most)
    with pytest.raises(ClientError, match=message) as error:
        call(cloud, most + 1)
    assert error.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(
    ("kind", "properties", "message"),
    [
        ("AWS::SSM::Parameter", {"Type": "String", "Value": "x" * 4097}, "Standard tier parameters"),
        (
            "AWS::SecretsManager::Secret",
            # Within what a template may hold in a request.
            {"SecretString": {"Fn::Join": ["x" * 32_768, ["", "", "x"]]}},
            "less than or equal to 65536",
        ),
        (
            "AWS::Lambda::Function",
            {
                "Runtime": "python3.12",
                "Handler": "index.handler",
                "Role": ROLE,
                "Code": {"ZipFile": "x = 1"},
                "Environment": variables(4097),
            },
            "exceeded the 4KB limit",
        ),
    ],
)
def test_templates_are_measured_too(cloud: EmbeddedCloud, kind: str, properties: dict[str, Any], message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        put(cloud, f"size-{kind.rpartition(':')[2].lower()}", {"Large": {"Type": kind, "Properties": properties}})


def test_an_answer_that_is_too_long_is_an_error_of_the_function(cloud: EmbeddedCloud) -> None:
    invoke = cloud.client("lambda").invoke
    short = invoke(FunctionName="f", Payload=json.dumps({"answer": 6 * MB}))
    long = invoke(FunctionName="f", Payload=json.dumps({"answer": 6 * MB + 200}))

    assert "FunctionError" not in short
    assert long["FunctionError"] == "Unhandled"
    assert json.load(long["Payload"])["errorType"] == "Function.ResponseSizeTooLarge"


ANSWERS = """
import json, urllib.request
def handler(event, context):
    size = int(event["ResourceProperties"]["Size"])
    body = {"Status": "SUCCESS", "PhysicalResourceId": "p", "StackId": event["StackId"], "Data": {"A": "x" * size},
            "RequestId": event["RequestId"], "LogicalResourceId": event["LogicalResourceId"]}
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], json.dumps(body).encode(), method="PUT"))
"""


def custom_resource(**properties: Any) -> dict[str, Any]:
    answering = {
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "Role": ROLE,
        "Code": {"ZipFile": ANSWERS},
    }
    return {
        "Function": {"Type": "AWS::Lambda::Function", "Properties": answering},
        "Custom": {
            "Type": "Custom::Answer",
            "Properties": {"ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]}, **properties},
        },
    }


def test_answers_of_and_events_for_custom_resources(cloud: EmbeddedCloud) -> None:
    put(cloud, "answer-short", custom_resource(Size="3000"))
    with pytest.raises(AssertionError, match="Response object is too long"):
        put(cloud, "answer-long", custom_resource(Size="4096"))

    text = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "x" * 4000}}
    large = custom_resource(Size="1", Text={"Fn::Join": ["", [{"Fn::GetAtt": ["Text", "Value"]}] * 300]})
    with pytest.raises(AssertionError, match="byte payload is too large for the Event invocation type"):
        put(cloud, "event-large", {"Text": text, **large})


def test_reserved_concurrency_leaves_a_new_account_its_executions(cloud: EmbeddedCloud) -> None:
    lambdas = cloud.client("lambda")
    assert lambdas.get_account_settings()["AccountLimit"]["ConcurrentExecutions"] == NEW_ACCOUNT
    reason = r"decreases account's UnreservedConcurrentExecution below its minimum value of \[10\]"
    with pytest.raises(ClientError, match=reason) as error:
        lambdas.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=1)
    assert error.value.response["Error"]["Code"] == "InvalidParameterValueException"

    reserved = custom_resource(Size="1")
    del reserved["Custom"]
    reserved["Function"]["Properties"]["ReservedConcurrentExecutions"] = 1
    with pytest.raises(AssertionError, match=reason):
        put(cloud, "reserved", reserved)
    assert [
        each["FunctionName"] for each in lambdas.list_functions()["Functions"] if "reserved" in each["FunctionName"]
    ] == []
