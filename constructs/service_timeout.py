"""No custom resource may make CloudFormation wait for its default of an hour (FAULTS F12)."""

from __future__ import annotations

import jsii
from aws_cdk import CfnResource, IAspect

from constructs import IConstruct

# Seconds: a Lambda function cannot take longer than 900, plus the time to answer.
DEFAULT_TIMEOUT_S = 960
_CUSTOM_TYPES = ("Custom::", "AWS::CloudFormation::CustomResource")


@jsii.implements(IAspect)
class BoundCustomResources:
    """Gives CDK's own custom resources (publishing, cross-region values, …) the timeout that they do not offer."""

    def visit(self, node: IConstruct) -> None:
        """Called by CDK for every construct of the tree."""
        if not isinstance(node, CfnResource) or not node.cfn_resource_type.startswith(_CUSTOM_TYPES):
            return
        # Set by its author (our own ones): kept. Protected in CDK, and the only way to see it before synthesis.
        if "ServiceTimeout" not in node._cfn_properties:
            node.add_property_override("ServiceTimeout", DEFAULT_TIMEOUT_S)
