"""The web ACL in front of a REST API's stage."""

from __future__ import annotations

from aws_cdk import aws_wafv2 as wafv2

from constructs import Construct
from constructs.web_acl import GuardedPath, WebAcl, WebAclLog


class RegionalWebAcl(WebAcl):
    """A regional web ACL that is associated with the stage `stage_arn`."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        stage_arn: str,
        rate_limit: int,
        guarded: GuardedPath,
        log: WebAclLog,
    ) -> None:
        super().__init__(scope, id, name=name, acl_scope="REGIONAL", rate_limit=rate_limit, guarded=guarded, log=log)
        self.association = wafv2.CfnWebACLAssociation(self, "Association", resource_arn=stage_arn, web_acl_arn=self.arn)
