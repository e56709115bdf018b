"""Asks the CDN to forget what it has after a publication; reports the outcome and never fails the release."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudfront as cloudfront

from constructs import Construct
from constructs.custom_resource_function import CustomResourceFunction
from constructs.versioned_function import FunctionPlatform

ENTRY = "lambda_src.publication.invalidation.on_event"


class Invalidation(Construct):
    """Runs whenever `publication_digest` changes. `outcome` says what became of it."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        distribution: cloudfront.IDistribution,
        publication_digest: str,
        package: Path,
        platform: FunctionPlatform,
    ) -> None:
        super().__init__(scope, id)
        function = CustomResourceFunction(
            self,
            "Function",
            entry=ENTRY,
            description="Invalidates the CDN after a publication",
            package=package,
            platform=platform,
            timeout=Duration.seconds(60),
        )
        function.allow(
            actions=["cloudfront:CreateInvalidation"],
            resources=[
                Stack.of(self).format_arn(
                    service="cloudfront", region="", resource="distribution", resource_name=distribution.distribution_id
                )
            ],
        )
        self.resource = function.resource(
            self,
            "Resource",
            resource_type="Custom::SiteInvalidation",
            properties={"DistributionId": distribution.distribution_id, "PublicationDigest": publication_digest},
        )
        self.outcome = self.resource.get_att_string("Outcome")
