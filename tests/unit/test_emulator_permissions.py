"""Services invoke a function only where its policy lets them. A real emulator, no CDK."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud import EmbeddedCloud
from local.loopback import request
from tests.support.embedded import eventually, put, started

pytestmark = [pytest.mark.xdist_group("emulator")]
ACCOUNT = "000000000000"
API = {"Fn::Sub": "arn:aws:execute-api:eu-central-1:${AWS::AccountId}:${Api}/*/*/one/*"}
RULE = {"Fn::GetAtt": ["Rule", "Arn"]}
LIVE = {"Ref": "Alias"}
RECORDED = """
import json
def handler(event, context):
    print(json.dumps({"got": "an event"}))
    return {"statusCode": 200, "body": "reached"}
"""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    with started(tmp_path_factory.mktemp("cloud")) as cloud:
        yield cloud


def served_function() -> dict[str, Any]:
    name = {"Ref": "Function"}
    return {
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.12",
                "Handler": "index.handler",
                "Role": f"arn:aws:iam::{ACCOUNT}:role/f",
                "Code": {"ZipFile": RECORDED},
            },
        },
        "Version": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": name}},
        "Alias": {
            "Type": "AWS::Lambda::Alias",
            "Properties": {
                "FunctionName": name,
                "Name": "live",
                "FunctionVersion": {"Fn::GetAtt": ["Version", "Version"]},
            },
        },
    }


def permission(**properties: Any) -> dict[str, Any]:
    return {
        "Permission": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {"Action": "lambda:InvokeFunction", "FunctionName": LIVE, **properties},
        }
    }


def api() -> dict[str, Any]:
    rest = {"RestApiId": {"Ref": "Api"}}
    uri = {"Fn::Sub": "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Alias}/invocations"}
    return {
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "permissions"}},
        "One": {
            "Type": "AWS::ApiGateway::Resource",
            "Properties": {**rest, "ParentId": {"Fn::GetAtt": ["Api", "RootResourceId"]}, "PathPart": "one"},
        },
        "Proxy": {
            "Type": "AWS::ApiGateway::Resource",
            "Properties": {**rest, "ParentId": {"Ref": "One"}, "PathPart": "{proxy+}"},
        },
        "Any": {
            "Type": "AWS::ApiGateway::Method",
            "Properties": {
                **rest,
                "ResourceId": {"Ref": "Proxy"},
                "HttpMethod": "ANY",
                "AuthorizationType": "NONE",
                "Integration": {"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": uri},
            },
        },
        "Deployment": {"Type": "AWS::ApiGateway::Deployment", "Properties": rest, "DependsOn": "Any"},
        "Stage": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {**rest, "DeploymentId": {"Ref": "Deployment"}, "StageName": "live"},
        },
    }


def answer(cloud: EmbeddedCloud, api_id: str) -> tuple[int, str]:
    answered = request(f"http://{api_id}.execute-api.localhost:{cloud.port}/live/one/two")
    return answered.status, answered.body.decode()


GATEWAY: dict[str, Any] = {"Principal": "apigateway.amazonaws.com", "SourceArn": API}


@pytest.mark.parametrize(
    ("given", "reached"),
    [
        (None, False),
        (GATEWAY, True),
        ({**GATEWAY, "SourceAccount": ACCOUNT}, True),
        ({**GATEWAY, "SourceAccount": "111111111111"}, False),
        ({**GATEWAY, "Principal": "events.amazonaws.com"}, False),
        ({**GATEWAY, "FunctionName": {"Ref": "Function"}}, False),
        ({**GATEWAY, "SourceArn": {"Fn::Sub": "arn:aws:execute-api:*:*:${Api}/*/*/other/*"}}, False),
    ],
)
def test_api_gateway(cloud: EmbeddedCloud, given: dict[str, Any] | None, reached: bool) -> None:
    resources = {**served_function(), **api(), **(permission(**given) if given else {})}

    api_id = put(cloud, "gateway", resources, outputs={"Id": {"Ref": "Api"}})["Id"]

    status, body = answer(cloud, api_id)
    assert status == (200 if reached else 500)
    assert body == "reached" if reached else json.loads(body) == {"message": "Internal server error"}


def rule(target: dict[str, Any]) -> dict[str, Any]:
    return {
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {"Name": "permissions", "EventPattern": {"source": ["test"]}, "Targets": [target]},
        }
    }


def queue(*, readable_by: str) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": readable_by},
        "Action": "sqs:SendMessage",
        "Resource": {"Fn::GetAtt": ["Queue", "Arn"]},
    }
    return {
        "Queue": {"Type": "AWS::SQS::Queue"},
        "QueuePolicy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {
                "Queues": [{"Ref": "Queue"}],
                "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
            },
        },
    }


def publish(cloud: EmbeddedCloud) -> None:
    entry = {"Source": "test", "DetailType": "t", "Detail": "{}"}
    cloud.client("events").put_events(Entries=[entry])


def invocations(cloud: EmbeddedCloud, function: str) -> int:
    logs = cloud.client("logs")
    try:
        events = logs.filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
    except ClientError:
        return 0
    return sum("an event" in event["message"] for event in events)


def test_event_bridge(cloud: EmbeddedCloud) -> None:
    dead = {"Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}
    resources = {
        **served_function(),
        **queue(readable_by="events.amazonaws.com"),
        **rule({"Id": "f", "Arn": LIVE, "DeadLetterConfig": dead}),
    }
    outputs = {"Queue": {"Ref": "Queue"}, "Function": {"Ref": "Function"}, "Rule": RULE}
    made = put(cloud, "events", resources, outputs=outputs)

    publish(cloud)

    sqs = cloud.client("sqs")
    received = eventually(
        lambda: sqs.receive_message(QueueUrl=made["Queue"], MessageAttributeNames=["All"]).get("Messages")
    )
    attributes = {name: each["StringValue"] for name, each in received[0]["MessageAttributes"].items()}
    assert attributes["ERROR_CODE"] == "NO_PERMISSIONS"
    assert attributes["RULE_ARN"] == made["Rule"]
    assert json.loads(received[0]["Body"])["source"] == "test"
    metrics = cloud.client("cloudwatch").list_metrics(Namespace="AWS/Events", MetricName="FailedInvocations")["Metrics"]
    assert [metric["Dimensions"] for metric in metrics] == [[{"Name": "RuleName", "Value": "permissions"}]]
    assert invocations(cloud, made["Function"]) == 0

    permitted = permission(Principal="events.amazonaws.com", SourceArn=RULE)
    put(cloud, "events", {**resources, **permitted}, outputs=outputs)
    publish(cloud)
    eventually(lambda: invocations(cloud, made["Function"]) == 1)


def test_sns(cloud: EmbeddedCloud) -> None:
    resources = {
        **served_function(),
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Subscription": {
            "Type": "AWS::SNS::Subscription",
            "Properties": {"Protocol": "lambda", "TopicArn": {"Ref": "Topic"}, "Endpoint": LIVE},
        },
        **permission(Principal="sns.amazonaws.com", SourceArn="arn:aws:sns:*:*:other"),
    }
    outputs = {"Topic": {"Ref": "Topic"}, "Function": {"Ref": "Function"}}
    made = put(cloud, "sns", resources, outputs=outputs)
    topic = {"TopicArn": made["Topic"], "Message": "m"}
    cloud.client("sns").publish(**topic)

    resources |= permission(Principal="sns.amazonaws.com", SourceArn={"Ref": "Topic"})
    put(cloud, "sns", resources, outputs=outputs)
    cloud.client("sns").publish(**topic)

    eventually(lambda: invocations(cloud, made["Function"]))
    assert invocations(cloud, made["Function"]) == 1


def test_secrets_manager(cloud: EmbeddedCloud) -> None:
    rotation = {
        "Type": "AWS::SecretsManager::RotationSchedule",
        "Properties": {"SecretId": {"Ref": "Secret"}, "RotationLambdaARN": {"Fn::GetAtt": ["Function", "Arn"]}},
    }
    resources = {**served_function(), "Secret": {"Type": "AWS::SecretsManager::Secret"}, "Rotation": rotation}

    with pytest.raises(AssertionError, match="Secrets Manager cannot invoke the specified Lambda function"):
        put(cloud, "rotation", resources)
