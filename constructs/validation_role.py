"""The role with which the delivery pipeline verifies what it has deployed, from another account."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_iam as iam

from constructs import Construct
from constructs.acknowledge import SECURITY, acknowledge, wildcards


class ValidationRole(Construct):
    """`role`, called `role_name`; `VerificationAccess` says what it may do.

    account: where the pipeline lives. builds: names of the roles of its builds, as one pattern; no other principal of
    that account can take the role.
    """

    def __init__(self, scope: Construct, id: str, *, role_name: str, account: str, builds: str) -> None:
        super().__init__(scope, id)
        self.role = iam.Role(
            self,
            "Role",
            role_name=role_name,
            description="acinaces validate, run by the delivery pipeline",
            assumed_by=iam.PrincipalWithConditions(
                iam.AccountPrincipal(account),
                {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{account}:role/{builds}"}},
            ),
            # One run takes minutes; a role taken by a role lasts an hour at most.
            max_session_duration=Duration.hours(1),
        )
        acknowledge(
            self.role,
            "Calls that AWS grants on no narrower resource (alarms, traces, groups, zones); a test lists them",
            SECURITY,
            *wildcards("Resource::*"),
        )
