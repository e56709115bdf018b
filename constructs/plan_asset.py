"""A plan as a file beside the other assets, and the values in it that CloudFormation fills in."""

from __future__ import annotations

import hashlib
import re
import tempfile
from pathlib import Path
from typing import Any, Final

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as assets

from constructs import Construct
from constructs.acknowledge import SECURITY, acknowledge, wildcards
from lambda_src.verification.plan import PLACEHOLDER, PlanError

# How CDK writes a value into a text that is known only when the stack is deployed.
_TOKEN: Final = re.compile(r"\$\{Token\[[^\]]+\]\}")


class PlanAsset(Construct):
    """`properties` name the file, its digest and the values; the file is the same where the plan is."""

    def __init__(self, scope: Construct, id: str, *, plan: str) -> None:
        super().__init__(scope, id)
        text, values = separated(plan)
        content = text.encode()
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "plan.json"
            file.write_bytes(content)
            self._asset = assets.Asset(self, "File", path=str(file))
        self.properties: dict[str, Any] = {
            "PlanBucket": self._asset.s3_bucket_name,
            "PlanKey": self._asset.s3_object_key,
            "PlanDigest": hashlib.sha256(content).hexdigest(),
            "PlanValues": values,
        }

    def grant_read(self, role: iam.Role) -> None:
        """Lets `role` read the plans of all releases.

        A policy that named this one file would change with every release, a moment before the role needs it: IAM takes
        seconds to know of it everywhere.
        """
        files = f"{self._asset.bucket.bucket_arn}/*.json"
        role.add_to_policy(iam.PolicyStatement(actions=["s3:GetObject"], resources=[files]))
        acknowledge(
            role,
            "Plans of all releases, so that a release does not change the policy of what reads its plan",
            SECURITY,
            *wildcards("Resource::.../*.json"),
        )


def separated(plan: str) -> tuple[str, list[str]]:
    """The plan with `{{value:N}}` for each value that is not known yet, and those values. Raises PlanError."""
    if PLACEHOLDER.search(plan):
        raise PlanError("a plan must not hold {{value:N}}: that is where values are filled in")
    values: dict[str, int] = {}

    def place(found: re.Match[str]) -> str:
        return f"{{{{value:{values.setdefault(found[0], len(values))}}}}}"

    return _TOKEN.sub(place, plan), list(values)
