"""A digest of what decides other stacks' values, in the functions that read them.

A weak reference is resolved when the referring stack is updated, and `cdk deploy` leaves out a stack whose template is
unchanged: a resource that is replaced under its old logical id would go on being referred to by its old name or ARN.
The digest changes the template, and is configuration: the functions get a new version, which reads the new values.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

import aws_cdk as cdk
import jsii
from aws_cdk import aws_lambda as lambda_

VARIABLE: Final = "PRODUCERS"
# Types whose names or ARNs others refer to, and the properties that replace them (the registry's createOnlyProperties).
# What has a fixed name is not among them: its values stay, and CloudFormation refuses to replace it.
REPLACED_BY: Final[Mapping[str, frozenset[str]]] = {
    "AWS::CertificateManager::Certificate": frozenset(
        {
            "CertificateAuthorityArn",
            "DomainName",
            "DomainValidationOptions",
            "KeyAlgorithm",
            "SubjectAlternativeNames",
            "ValidationMethod",
        }
    ),
    "AWS::EC2::SecurityGroup": frozenset({"GroupDescription", "GroupName", "VpcId"}),
    "AWS::EC2::Subnet": frozenset(
        {
            "AvailabilityZone",
            "AvailabilityZoneId",
            "CidrBlock",
            "Ipv4IpamPoolId",
            "Ipv4NetmaskLength",
            "Ipv6IpamPoolId",
            "Ipv6Native",
            "Ipv6NetmaskLength",
            "OutpostArn",
            "VpcId",
        }
    ),
    "AWS::EC2::VPC": frozenset({"CidrBlock", "Ipv4IpamPoolId", "Ipv4NetmaskLength"}),
    "AWS::ElastiCache::ReplicationGroup": frozenset(
        {
            "AtRestEncryptionEnabled",
            "CacheSubnetGroupName",
            "DataTieringEnabled",
            "KmsKeyId",
            "NetworkType",
            "Port",
            "ReplicationGroupId",
            "SnapshotArns",
            "SnapshotName",
        }
    ),
    "AWS::Lambda::LayerVersion": frozenset(
        {"CompatibleArchitectures", "CompatibleRuntimes", "Content", "Description", "LayerName", "LicenseInfo"}
    ),
    "AWS::Route53::HostedZone": frozenset({"Name"}),
    "AWS::SecretsManager::Secret": frozenset({"Name"}),
    "AWS::WAFv2::WebACL": frozenset({"Name", "Scope"}),
}


def note_producers(consumer: cdk.Stack, producers: Iterable[cdk.Stack]) -> None:
    """Puts the digest of `producers` into the environment of the consumer's functions; after all stacks are built."""
    value = cdk.Lazy.string(_Digest(tuple(producers)))
    for node in consumer.node.find_all():
        if isinstance(node, lambda_.Function):
            node.add_environment(VARIABLE, value)


def digest_of(definitions: Mapping[str, Any]) -> str:
    """The digest of `construct path -> what would replace the resource`."""
    return hashlib.sha256(json.dumps(definitions, sort_keys=True).encode()).hexdigest()[:16]


def definitions_of(stack: cdk.Stack) -> dict[str, Any]:
    """Construct path -> the properties that would replace the resource, of those types."""
    found = {}
    for node in stack.node.find_all():
        if not isinstance(node, cdk.CfnResource) or node.cfn_resource_type not in REPLACED_BY:
            continue
        properties: Mapping[str, Any] = stack.resolve(node._cfn_properties) or {}
        named = {f"{key[:1].upper()}{key[1:]}": value for key, value in properties.items()}
        replaced_by = REPLACED_BY[node.cfn_resource_type]
        found[node.node.path] = {key: named[key] for key in replaced_by if named.get(key) is not None}
    return found


@jsii.implements(cdk.IStableStringProducer)
class _Digest:
    """Asked when templates are written, when every property has its value."""

    def __init__(self, producers: tuple[cdk.Stack, ...]) -> None:
        self._producers = producers
        self._digest = ""

    def produce(self) -> str:
        """The same each time: a template is written more than once."""
        if not self._digest:
            self._digest = digest_of({k: v for each in self._producers for k, v in definitions_of(each).items()})
        return self._digest
