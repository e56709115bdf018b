"""Edge: the site's certificate and web ACL, which CloudFront takes from us-east-1 only."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm

from constructs import Construct
from constructs.encryption_key import EncryptionKey
from constructs.web_acl import WebAcl, WebAclLog
from environments import Environment
from stacks.network import NetworkStack
from stacks.policies import log_retention, removal_policy


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
        # Logs are encrypted in their own region.
        self.log_key = EncryptionKey(
            self,
            "LogKey",
            key_alias=f"acinaces/{environment.name}/edge-logs",
            description=f"Logs of {environment.name} in CloudFront's region",
            removal_policy=removal_policy(environment),
        )
        self.log_key.allow_logs()
        self.web_acl = WebAcl(
            self,
            "WebAcl",
            name=environment.resource_name("site"),
            acl_scope="CLOUDFRONT",
            rate_limit=environment.api.waf_rate_limit,
            log=WebAclLog(
                retention=log_retention(environment), key=self.log_key, removal_policy=removal_policy(environment)
            ),
        )
        self.web_acl_arn = self.web_acl.arn
