"""No custom resource may make CloudFormation wait for its default of an hour (FAULTS F12)."""

from __future__ import annotations

from aws_cdk import CfnResource

from constructs import IConstruct

# Seconds: a Lambda function cannot take longer than 900, plus the time to answer.
DEFAULT_TIMEOUT_S = 960
_CUSTOM_TYPES = ("Custom::", "AWS::CloudFormation::CustomResource")


def bound_custom_resources(construct: IConstruct) -> None:
    """Gives CDK's own custom resources below `construct` the timeout that they do not offer.

    Called where they are made: an aspect would call Python for every construct of the tree, which costs a third of
    the synthesis.
    """
    for node in construct.node.find_all():
        if isinstance(node, CfnResource) and node.cfn_resource_type.startswith(_CUSTOM_TYPES):
            node.add_property_override("ServiceTimeout", DEFAULT_TIMEOUT_S)
