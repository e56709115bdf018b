"""The role with which the delivery pipeline verifies what it has deployed, from another account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_iam as iam

from constructs import Construct
from constructs.acknowledge import SECURITY, acknowledge, wildcards


class ValidationRole(Construct):
    """`role`, called `role_name`; `VerificationAccess` says what it may do.

    account: where the pipeline lives. taken_by: a condition, which none but the pipeline's own builds meet.
    """

    def __init__(self, scope: Construct, id: str, *, role_name: str, account: str, taken_by: Mapping[str, Any]) -> None:
        super().__init__(scope, id)
        self.role = iam.Role(
            self,
            "Role",
            role_name=role_name,
            description="acinaces validate, run by the delivery pipeline",
            assumed_by=iam.PrincipalWithConditions(iam.AccountPrincipal(account), dict(taken_by)),
            # One run takes minutes; a role taken by a role lasts an hour at most.
            max_session_duration=Duration.hours(1),
        )
        acknowledge(
            self.role,
            "Calls that AWS grants on no narrower resource (alarms, traces, groups, zones); a test lists them",
            SECURITY,
            *wildcards("Resource::*"),
        )
