"""The plan of a request: in the event of older releases, else in S3, with the values that only CloudFormation knows.

An event of CloudFormation holds 1 MB, old and new properties together: a plan grows with every handler.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from lambda_src.verification.aws import Aws
from lambda_src.verification.gate_request import Request
from lambda_src.verification.plan import PlanError, filled


def with_plan(request: Request, aws: Aws) -> Request:
    """The request with the text of its plan. Raises PlanError."""
    if request.plan_text or not request.plan_key:
        return request
    where = f"s3://{request.plan_bucket}/{request.plan_key}"
    try:
        content = aws.get_object(request.plan_bucket, request.plan_key)
    except Exception as exc:  # noqa: BLE001 - whatever kept it from being read, the release cannot be checked
        raise PlanError(f"the plan {where} cannot be read: {exc}") from None
    if content is None:
        raise PlanError(f"there is no plan {where}")
    if hashlib.sha256(content).hexdigest() != request.plan_digest:
        raise PlanError(f"the plan {where} is not the one that was synthesised: its digest is another")
    return replace(request, plan_text=filled(content.decode(), request.plan_values))
