"""Edge: the site's certificate and web ACL, which CloudFront takes from us-east-1 only."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm

from constructs import Construct
from constructs.web_acl import WebAcl
from environments import Environment
from stacks.network import NetworkStack


class EdgeStack(cdk.Stack):
    """`certificate` of the site's name and `web_acl_arn`, for a distribution in another region's stack."""

    def __init__(
        self, scope: Construct, id: str, *, environment: Environment, env: cdk.Environment, network: NetworkStack
    ) -> None:
        super().__init__(
            scope,
            id,
            env=env,
            description=f"Acinaces {environment.name}: CloudFront's certificate and web ACL",
            cross_region_references=True,
        )
        self.certificate = acm.Certificate(
            self,
            "SiteCertificate",
            domain_name=environment.domain.site,
            validation=acm.CertificateValidation.from_dns(network.zone),
        )
        self.web_acl = WebAcl(
            self,
            "WebAcl",
            name=environment.resource_name("site"),
            acl_scope="CLOUDFRONT",
            rate_limit=environment.api.waf_rate_limit,
        )
        self.web_acl_arn = self.web_acl.arn
