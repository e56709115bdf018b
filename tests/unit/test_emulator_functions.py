"""Functions as Lambda has them: what a version is, and which one an alias serves. A real emulator, no CDK."""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud import EmbeddedCloud
from tests.support.embedded import eventually, execution_role, function, put, settled, started

pytestmark = [pytest.mark.xdist_group("emulator")]
ROLE = "arn:aws:iam::000000000000:role/f"
EXISTS = r"A version for this Lambda function exists \( 1 \). Modify the function to create a new version"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    with started(tmp_path_factory.mktemp("cloud")) as cloud:
        assert execution_role(cloud, "lambda:InvokeFunction", name="f") == ROLE
        yield cloud


@pytest.fixture
def lambdas(cloud: EmbeddedCloud) -> Any:
    return cloud.client("lambda")


@functools.cache  # A zip holds the time at which it was made.
def answering(text: str) -> bytes:
    return function(f"def handler(event, context): return {text!r}")


def create(lambdas: Any, name: str) -> None:
    lambdas.create_function(
        FunctionName=name, Runtime="python3.12", Handler="m.handler", Role=ROLE, Code={"ZipFile": answering("1")}
    )


def two_versions(lambdas: Any, name: str) -> None:
    create(lambdas, name)
    lambdas.publish_version(FunctionName=name)
    lambdas.update_function_code(FunctionName=name, ZipFile=answering("2"))
    lambdas.publish_version(FunctionName=name)


def refused(call: Callable[[], Any], *, code: str, message: str = ".") -> None:
    with pytest.raises(ClientError, match=message) as error:
        call()
    assert error.value.response["Error"]["Code"] == code


def test_what_comes_back_unchanged_is_no_new_version(lambdas: Any) -> None:
    create(lambdas, "unchanged")
    first = lambdas.publish_version(FunctionName="unchanged")
    for text in ("2", "1"):
        lambdas.update_function_code(FunctionName="unchanged", ZipFile=answering(text))

    assert lambdas.publish_version(FunctionName="unchanged")["Version"] == first["Version"] == "1"

    lambdas.update_function_configuration(FunctionName="unchanged", Timeout=7)
    assert lambdas.publish_version(FunctionName="unchanged")["Version"] == "2"


def test_a_version_of_other_code_than_expected_is_not_published(lambdas: Any) -> None:
    create(lambdas, "guarded")
    refused(
        lambda: lambdas.publish_version(FunctionName="guarded", CodeSha256="AAAA"),
        code="InvalidParameterValueException",
        message=r"CodeSHA256 \(AAAA\) is different from current CodeSHA256 in \$LATEST",
    )


def test_aliases_name_versions_that_exist_and_keep_them(lambdas: Any) -> None:
    two_versions(lambdas, "aliased")
    names = {"FunctionName": "aliased", "Name": "live"}
    refused(lambda: lambdas.create_alias(**names, FunctionVersion="9"), code="ResourceNotFoundException")
    lambdas.create_alias(**names, FunctionVersion="1")
    refused(lambda: lambdas.update_alias(**names, FunctionVersion="9"), code="ResourceNotFoundException")
    refused(
        lambda: lambdas.update_alias(**names, RoutingConfig={"AdditionalVersionWeights": {"$LATEST": 0.5}}),
        code="InvalidParameterValueException",
        message=r"\$LATEST is not supported for an alias pointing to more than 1 version",
    )
    refused(lambda: lambdas.delete_function(FunctionName="aliased", Qualifier="1"), code="ResourceConflictException")
    refused(
        lambda: lambdas.delete_function(FunctionName="aliased", Qualifier="$LATEST"),
        code="InvalidParameterValueException",
        message=r"\$LATEST version cannot be deleted without deleting the function",
    )
    lambdas.delete_function(FunctionName="aliased", Qualifier="2")


def test_an_alias_s_weights_are_honoured(cloud: EmbeddedCloud, lambdas: Any) -> None:
    two_versions(lambdas, "weighted")
    weights = {"AdditionalVersionWeights": {"2": 0.5}}
    names = {"FunctionName": "weighted", "Name": "live"}
    alias = lambdas.create_alias(**names, FunctionVersion="1", RoutingConfig=weights)["AliasArn"]

    def invoke() -> str:
        answer = lambdas.invoke(FunctionName="weighted", Qualifier="live")
        text: str = json.load(answer["Payload"])
        assert answer["ExecutedVersion"] == text
        return text

    assert {invoke() for _ in range(40)} == {"1", "2"}
    assert {str(text) for text in by_a_workflow(cloud, alias, times=40)} == {"1", "2"}
    assert lambdas.get_function_configuration(FunctionName="weighted", Qualifier="live")["Version"] == "1"
    lambdas.update_alias(**names, RoutingConfig={})
    assert {invoke() for _ in range(20)} == {"1"}


def by_a_workflow(cloud: EmbeddedCloud, function: str, *, times: int) -> list[Any]:
    """What the function answers when Step Functions invokes it."""
    states = cloud.client("stepfunctions")
    call = {"StartAt": "Call", "States": {"Call": {"Type": "Task", "Resource": function, "End": True}}}
    every = {"Type": "Map", "MaxConcurrency": 1, "ItemProcessor": call, "End": True}
    definition = json.dumps({"StartAt": "Every", "States": {"Every": every}})
    machine = states.create_state_machine(name="every", roleArn=ROLE, definition=definition)["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=machine, input=json.dumps(list(range(times))))["executionArn"]

    def described() -> Any:
        found = states.describe_execution(executionArn=execution)
        return found if found["status"] != "RUNNING" else None

    found = eventually(described)
    assert found["status"] == "SUCCEEDED", found
    answers: list[Any] = json.loads(found["output"])
    return answers


def release(code: str, *, version: str, policy: str = "RetainExceptOnCreate", gate: bool = True) -> dict[str, Any]:
    """A function, its version under a logical id of its own as CDK names it, alias, and what fails when `gate` does."""
    name = {"Ref": "Function"}
    resources: dict[str, Any] = {
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.12",
                "Handler": "index.handler",
                "Role": ROLE,
                "Code": {"ZipFile": f"def handler(event, context): return {code!r}"},
            },
        },
        version: {
            "Type": "AWS::Lambda::Version",
            "Properties": {"FunctionName": name},
            "DeletionPolicy": policy,
            "UpdateReplacePolicy": "Retain",
        },
        "Alias": {
            "Type": "AWS::Lambda::Alias",
            "Properties": {
                "FunctionName": name,
                "Name": "live",
                "FunctionVersion": {"Fn::GetAtt": [version, "Version"]},
            },
        },
    }
    if not gate:
        properties = {"FunctionName": name, "Name": "gate", "FunctionVersion": "99"}
        resources["Gate"] = {"Type": "AWS::Lambda::Alias", "Properties": properties, "DependsOn": "Alias"}
    return resources


def served(cloud: EmbeddedCloud, stack: str) -> tuple[str, str]:
    """What `live` answers, and the version that it names."""
    resource = cloud.client("cloudformation").describe_stack_resource(StackName=stack, LogicalResourceId="Function")
    name, lambdas = resource["StackResourceDetail"]["PhysicalResourceId"], cloud.client("lambda")
    text = json.load(lambdas.invoke(FunctionName=name, Qualifier="live")["Payload"])
    return text, lambdas.get_alias(FunctionName=name, Name="live")["FunctionVersion"]


def fails(cloud: EmbeddedCloud, stack: str, resources: dict[str, Any], *, reason: str) -> None:
    with pytest.raises(AssertionError, match=reason):
        put(cloud, stack, resources)


def test_the_same_code_again_after_its_release_was_rolled_back(cloud: EmbeddedCloud) -> None:
    put(cloud, "again", release("A", version="VersionA"))
    for _ in range(2):
        fails(cloud, "again", release("B", version="VersionB", gate=False), reason="Function not found")
        assert served(cloud, "again") == ("A", "1")

    put(cloud, "again", release("B", version="VersionB"))
    assert served(cloud, "again") == ("B", "4")
    put(cloud, "again", release("A", version="VersionA"))
    assert served(cloud, "again") == ("A", "5"), "and back, although a version of A was retained"


def test_a_version_that_a_rollback_retains_stands_in_the_way(cloud: EmbeddedCloud) -> None:
    put(cloud, "retained", release("A", version="VersionA", policy="Retain"))
    fails(cloud, "retained", release("B", version="VersionB", policy="Retain", gate=False), reason="Function not found")

    fails(
        cloud,
        "retained",
        release("B", version="VersionB", policy="Retain"),
        reason=EXISTS.replace("1", "2"),
    )
    assert served(cloud, "retained") == ("A", "1")


def test_a_new_logical_id_alone_is_no_new_version(cloud: EmbeddedCloud) -> None:
    put(cloud, "renamed", release("A", version="VersionA"))

    fails(cloud, "renamed", release("A", version="VersionOther"), reason=EXISTS)


def test_a_first_release_that_failed_is_tried_again(cloud: EmbeddedCloud) -> None:
    stacks = cloud.client("cloudformation")
    fails(cloud, "first", release("A", version="VersionA", gate=False), reason="Function not found")
    assert stacks.describe_stacks(StackName="first")["Stacks"][0]["StackStatus"] == "ROLLBACK_COMPLETE"
    stacks.delete_stack(StackName="first")
    with pytest.raises(ClientError, match="does not exist"):
        settled(stacks, "first")

    put(cloud, "first", release("A", version="VersionA"))
    assert served(cloud, "first") == ("A", "1")


def test_code_digests_of_a_template_are_compared(cloud: EmbeddedCloud) -> None:
    resources = release("A", version="VersionA")
    resources["VersionA"]["Properties"]["CodeSha256"] = base64.b64encode(b"0" * 32).decode()

    fails(cloud, "digest", resources, reason="is different from current CodeSHA256")
