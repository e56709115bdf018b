"""The action and the resource that a policy has to name, where the emulator gives others than AWS.

The emulator tells few of Lambda's actions apart (GetAlias is ListAliases to it); botocore's routes tell all. A
dashboard's ARN, a log group's with its stream, a function's with the qualifier of the call. Ends when the emulator's
`_lambda_action` and `extract_resource_arn` give these forms.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html,
https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html,
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs, unquote

ENFORCES: Final = (
    "Each of Lambda's operations needs its own action: lambda:GetAlias is not lambda:ListAliases.",
    "A call that names a log group needs a policy for log-group:NAME:*, as all calls but those on tags do on AWS.",
    "A call that names a version or alias of a function needs a policy for function:NAME:QUALIFIER.",
    "GetDashboard, PutDashboard and DeleteDashboards need a policy for the dashboard's ARN, which has no region.",
)
# Operations whose action has another name.
_ACTIONS: Final = {"Invoke": "InvokeFunction", "InvokeWithResponseStream": "InvokeFunction"}
_TAGS: Final = ("TagResource", "UntagResource", "ListTagsForResource")


def install() -> None:
    """Correct action and resource before policies are evaluated."""
    from ministack.core import iam_actions

    extract, guessed = iam_actions.extract_resource_arn, iam_actions._lambda_action
    iam_actions._BOTOCORE_SERVICE_MAP["lambda"] = ["lambda"]

    def lambda_action(method: str, path: str) -> str | None:
        found: str | None = iam_actions._match_rest_action("lambda", method, path, {}) or guessed(method, path)
        return _ACTIONS.get(found, found) if found else None

    def extract_as_aws(
        service: str,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query_params: dict[str, Any],
        region: str,
        account_id: str,
    ) -> str:
        arn = str(extract(service, method, path, headers, body, query_params, region, account_id))
        if service == "lambda":
            return qualified(arn, _one(query_params.get("Qualifier")))
        if service == "logs":
            action = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
            return arn if action in _TAGS else stream_of(arn, _json(body).get("logStreamName"))
        if service == "monitoring" and arn == "*":
            name = _dashboard(body, query_params)
            return f"arn:aws:cloudwatch::{account_id}:dashboard/{name}" if name else arn
        return arn

    iam_actions._lambda_action = lambda_action
    iam_actions.extract_resource_arn = extract_as_aws


def qualified(arn: str, qualifier: str | None) -> str:
    """A function's ARN with the qualifier of the request's query; one that has a qualifier already stays."""
    unqualified = ":function:" in arn and arn.count(":") == 6
    return f"{arn}:{qualifier}" if unqualified and qualifier else arn


def stream_of(arn: str, stream: object) -> str:
    """A log group's ARN as IAM compares it: with its stream, empty where the call names none."""
    return f"{arn}:log-stream:{stream or ''}" if ":log-group:" in arn and ":log-stream:" not in arn else arn


def _dashboard(body: bytes, query_params: Mapping[str, Any]) -> str | None:
    values = [_json(body), query_params, parse_qs(body.decode("utf-8", "replace"))]
    for name in ("DashboardName", "DashboardNames", "DashboardNames.member.1"):
        for source in values:
            if found := _one(source.get(name)):
                return unquote(found)
    return None


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _one(value: Any) -> str | None:
    first = value[0] if isinstance(value, list) and value else value
    return first if isinstance(first, str) and first else None
