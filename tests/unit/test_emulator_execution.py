"""CloudFormation may do for a stack what its execution role, or its caller, is allowed. A real emulator, no CDK."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.cloud import EmbeddedCloud
from ops.bootstrap import registry
from tests.support.embedded import document, settled, started

pytestmark = [pytest.mark.xdist_group("emulator")]
TABLE_TYPE = "AWS::DynamoDB::Table"
TABLE = {
    "Type": TABLE_TYPE,
    "Properties": {
        "TableName": "rows",
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    },
}
FUNCTION = {
    "Runtime": "python3.12",
    "Handler": "index.handler",
    "Code": {"ZipFile": "def handler(event, context): return 1"},
}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    with started(tmp_path_factory.mktemp("cloud")) as cloud:
        yield cloud


def allow(*actions: str, on: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **more}


def role(cloud: EmbeddedCloud, *statements: dict[str, Any], of: str = "cloudformation.amazonaws.com") -> str:
    """The ARN of a new role of that name's service."""
    iam, name = cloud.client("iam"), f"role-{uuid.uuid4().hex[:8]}"
    principal = {"AWS": cloud.account} if of == "account" else {"Service": of}
    trust = document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal})
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(document(*statements)))
    return arn


def deploy(cloud: EmbeddedCloud, resources: dict[str, Any], *, by: str = "", client: Any = None) -> tuple[str, str]:
    """The status that a new stack ends in, and why its resources failed."""
    cloudformation, name = client or cloud.client("cloudformation"), f"stack-{uuid.uuid4().hex[:8]}"
    cloudformation.create_stack(
        StackName=name,
        TemplateBody=json.dumps({"Resources": resources}),
        Capabilities=["CAPABILITY_NAMED_IAM"],
        **({"RoleARN": by} if by else {}),
    )
    own = cloud.client("cloudformation")
    status = settled(own, name)["StackStatus"]
    events = own.describe_stack_events(StackName=name)["StackEvents"]
    failed = [event.get("ResourceStatusReason", "") for event in events if "FAILED" in event["ResourceStatus"]]
    return status, "\n".join(failed)


def of_table(*without: str) -> list[str]:
    """All that a table needs, but for some."""
    needed = {action for kind in ("create", "update", "delete") for action in registry.needed(TABLE_TYPE, kind)}
    return sorted(needed - set(without))


def test_a_role_that_may_do_all_that_the_registry_names_makes_the_resource(cloud: EmbeddedCloud) -> None:
    status, reasons = deploy(cloud, {"Table": TABLE}, by=role(cloud, allow(*of_table())))
    assert (status, reasons) == ("CREATE_COMPLETE", "")
    cloud.client("dynamodb").delete_table(TableName="rows")


@pytest.mark.parametrize("missing", ["dynamodb:CreateTable", "dynamodb:DescribeKinesisStreamingDestination"])
def test_one_action_less_fails_the_resource_with_awss_message(cloud: EmbeddedCloud, missing: str) -> None:
    arn = role(cloud, allow(*of_table(missing)))
    status, reasons = deploy(cloud, {"Table": TABLE}, by=arn)
    assert status == "ROLLBACK_COMPLETE"
    assert (
        f"User: arn:aws:sts::{cloud.account}:assumed-role/{arn.rpartition('/')[2]}/AWSCloudFormation is not authorized "
        f"to perform: {missing} on resource: arn:aws:dynamodb:{cloud.region}:{cloud.account}:table/rows because no "
        f"identity-based policy allows the {missing} action"
    ) in reasons


def test_an_action_is_evaluated_on_the_resources_own_arn(cloud: EmbeddedCloud) -> None:
    elsewhere = allow(*of_table(), on=f"arn:aws:dynamodb:*:{cloud.account}:table/others-*")
    assert "not authorized to perform: dynamodb:" in deploy(cloud, {"Table": TABLE}, by=role(cloud, elsewhere))[1]


def test_an_action_without_resources_needs_all_of_them(cloud: EmbeddedCloud) -> None:
    """A subscription's own actions know no topic: a policy on topics does not cover them."""
    topic = cloud.client("sns").create_topic(Name="news")["TopicArn"]
    subscription = {
        "Type": "AWS::SNS::Subscription",
        "Properties": {"TopicArn": topic, "Protocol": "email", "Endpoint": "one@example.com"},
    }
    reasons = deploy(cloud, {"One": subscription}, by=role(cloud, allow("sns:*", on=topic)))[1]
    assert "not authorized to perform: sns:GetSubscriptionAttributes on resource: *" in reasons
    assert deploy(cloud, {"One": subscription}, by=role(cloud, allow("sns:*")))[0] == "CREATE_COMPLETE"


@pytest.mark.parametrize(("service", "passes"), [("lambda.amazonaws.com", True), ("ec2.amazonaws.com", False)])
def test_a_role_is_passed_to_the_service_that_the_policy_names(
    cloud: EmbeddedCloud, service: str, passes: bool
) -> None:
    of_function = role(cloud, of="lambda.amazonaws.com")
    condition = {"StringEquals": {"iam:PassedToService": service}}
    by = role(
        cloud, allow("lambda:*", "s3:*", "kms:*", "ec2:*"), allow("iam:PassRole", on=of_function, Condition=condition)
    )
    function = {"Type": "AWS::Lambda::Function", "Properties": {**FUNCTION, "Role": of_function}}
    status, reasons = deploy(cloud, {"Function": function}, by=by)
    assert (status == "CREATE_COMPLETE") is passes, reasons
    assert passes or f"not authorized to perform: iam:PassRole on resource: {of_function}" in reasons


def test_a_role_that_a_stack_makes_has_the_boundary_that_the_policy_asks_for(cloud: EmbeddedCloud) -> None:
    boundary = f"arn:aws:iam::{cloud.account}:policy/ceiling"
    condition = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    by = role(cloud, allow("iam:CreateRole", "iam:PutRole*", Condition=condition), allow("iam:Get*", "iam:List*"))
    trust = document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}})
    made = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}}
    assert "not authorized to perform: iam:CreateRole" in deploy(cloud, {"Role": made}, by=by)[1]


def test_an_output_of_another_stack_is_read_with_the_role(cloud: EmbeddedCloud) -> None:
    """CDK's weak references."""
    cloud.client("cloudformation").create_stack(
        StackName="producer",
        TemplateBody=json.dumps(
            {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}, "Outputs": {"A": {"Value": "1"}}}
        ),
    )
    settled(cloud.client("cloudformation"), "producer")
    reference = {"Fn::GetStackOutput": {"StackName": "producer", "OutputName": "A"}}
    topic = {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": reference}}}
    reasons = deploy(cloud, topic, by=role(cloud, allow("sns:*")))[1]
    assert "not authorized to perform: cloudformation:DescribeStacks on resource: arn:aws:cloudformation:" in reasons
    by = role(cloud, allow("sns:*", "cloudformation:DescribeStacks"))
    assert deploy(cloud, topic, by=by) == ("CREATE_COMPLETE", "")


def test_a_caller_without_an_execution_role_acts_itself(cloud: EmbeddedCloud) -> None:
    caller = role(cloud, allow("cloudformation:*"), of="account")
    keys = cloud.client("sts").assume_role(RoleArn=caller, RoleSessionName="test")["Credentials"]
    session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], cloud.region)
    client = session.client("cloudformation", endpoint_url=cloud.url)
    reasons = deploy(cloud, {"Topic": {"Type": "AWS::SNS::Topic"}}, client=client)[1]
    assert f"assumed-role/{caller.rpartition('/')[2]}/test is not authorized to perform: sns:CreateTopic" in reasons
    with pytest.raises(ClientError, match="not authorized to perform: iam:PassRole"):
        deploy(cloud, {"Topic": {"Type": "AWS::SNS::Topic"}}, by=role(cloud, allow("sns:*")), client=client)


def test_a_role_that_cloudformation_cannot_assume_is_refused(cloud: EmbeddedCloud) -> None:
    for arn in (role(cloud, of="lambda.amazonaws.com"), f"arn:aws:iam::{cloud.account}:role/absent"):
        with pytest.raises(ClientError, match="is invalid or cannot be assumed"):
            deploy(cloud, {"Topic": {"Type": "AWS::SNS::Topic"}}, by=arn)


def test_the_role_stays_the_stacks_and_deletion_needs_it(cloud: EmbeddedCloud) -> None:
    client, by = (
        cloud.client("cloudformation"),
        role(cloud, allow(*registry.needed("AWS::SNS::Topic", "create"))),
    )
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "kept"}}
    client.create_stack(StackName="kept", TemplateBody=json.dumps({"Resources": {"Topic": topic}}), RoleARN=by)
    made = settled(client, "kept")
    events = client.describe_stack_events(StackName="kept")["StackEvents"]
    assert made["StackStatus"] == "CREATE_COMPLETE", [event.get("ResourceStatusReason") for event in events]
    client.delete_stack(StackName="kept")
    assert settled(client, "kept")["StackStatus"] == "DELETE_FAILED"
    reasons = [
        event.get("ResourceStatusReason", "") for event in client.describe_stack_events(StackName="kept")["StackEvents"]
    ]
    assert any("not authorized to perform: sns:DeleteTopic" in reason for reason in reasons)


def test_a_condition_on_an_empty_list_is_false(cloud: EmbeddedCloud) -> None:
    """CDK's bootstrap asks so whether its execution role has policies of its own, or AdministratorAccess."""
    given = {"Fn::Not": [{"Fn::Equals": ["", {"Fn::Join": ["", {"Ref": "Names"}]}]}]}
    template = {
        "Parameters": {"Names": {"Type": "CommaDelimitedList", "Default": ""}},
        "Conditions": {"Given": given},
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}, "One": {"Type": "AWS::SNS::Topic", "Condition": "Given"}},
    }
    client = cloud.client("cloudformation")
    for name, names, made in (("empty", "", ["Topic"]), ("given", "a,b", ["One", "Topic"])):
        parameters = [{"ParameterKey": "Names", "ParameterValue": names}]
        client.create_stack(StackName=name, TemplateBody=json.dumps(template), Parameters=parameters)
        settled(client, name)
        resources = client.describe_stack_resources(StackName=name)["StackResources"]
        assert sorted(resource["LogicalResourceId"] for resource in resources) == made


def test_a_role_of_a_stack_is_limited_by_its_boundary(cloud: EmbeddedCloud) -> None:
    """However much its policies give."""
    trust = document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": cloud.account}})
    ceiling = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document(allow("sns:*"))}}
    properties = {
        "RoleName": "bounded-by-stack",
        "AssumeRolePolicyDocument": trust,
        "PermissionsBoundary": {"Ref": "Ceiling"},
        "Policies": [{"PolicyName": "own", "PolicyDocument": document(allow("sns:*", "sqs:*"))}],
    }
    role = {"Type": "AWS::IAM::Role", "Properties": properties}
    assert deploy(cloud, {"Ceiling": ceiling, "Role": role}) == ("CREATE_COMPLETE", "")
    arn = f"arn:aws:iam::{cloud.account}:role/bounded-by-stack"
    keys = cloud.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
    session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], cloud.region)
    session.client("sns", endpoint_url=cloud.url).list_topics()
    with pytest.raises(ClientError, match="not authorized to perform"):
        session.client("sqs", endpoint_url=cloud.url).list_queues()


def test_a_boundary_that_does_not_exist_fails_the_role(cloud: EmbeddedCloud) -> None:
    """As on AWS in an account that only plain `cdk bootstrap` has prepared."""
    trust = document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}})
    boundary = f"arn:aws:iam::{cloud.account}:policy/absent"
    properties = {"AssumeRolePolicyDocument": trust, "PermissionsBoundary": boundary}
    reasons = deploy(cloud, {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}})[1]
    assert f"Scope ARN: {boundary} does not exist or is not attachable." in reasons
