"""The actions and resources that policies have to name, on the emulator: those of logs, dashboards, functions."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud import EmbeddedCloud
from tests.support.embedded import execution_role, function, started
from tests.support.roles import as_role

pytestmark = [pytest.mark.xdist_group("emulator")]

REGION, ACCOUNT, GROUP, NAME = "eu-central-1", "000000000000", "/aws/lambda/watched", "watched"
DASHBOARD = f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/{NAME}"
LOGS = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{NAME}"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    with started(tmp_path_factory.mktemp("state")) as cloud:
        cloud.client("cloudwatch").put_dashboard(DashboardName=NAME, DashboardBody='{"widgets": []}')
        cloud.client("logs").create_log_group(logGroupName=GROUP)
        client = cloud.client("lambda")
        client.create_function(
            FunctionName=NAME,
            Runtime="python3.12",
            Role=execution_role(cloud),
            Handler="m.handler",
            Code={"ZipFile": function("def handler(event, context):\n    return 1\n")},
            Publish=True,
        )
        client.create_alias(FunctionName=NAME, Name="live", FunctionVersion="1")
        yield cloud


CALLS: dict[str, tuple[str, str, str, dict[str, Any], str, str]] = {
    "dashboard": (
        "cloudwatch",
        "get_dashboard",
        "cloudwatch:GetDashboard",
        {"DashboardName": NAME},
        DASHBOARD,
        f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:dashboard/{NAME}",
    ),
    "log group": (
        "logs",
        "filter_log_events",
        "logs:FilterLogEvents",
        {"logGroupName": GROUP},
        f"{LOGS}:*",
        LOGS,
    ),
    "alias, by its own parameter": (
        "lambda",
        "get_function_configuration",
        "lambda:GetFunctionConfiguration",
        {"FunctionName": NAME, "Qualifier": "live"},
        f"{FUNCTION}:live",
        FUNCTION,
    ),
    "one alias": (
        "lambda",
        "get_alias",
        "lambda:GetAlias",
        {"FunctionName": NAME, "Name": "live"},
        FUNCTION,
        f"{FUNCTION}-of-another-name",
    ),
    "function": (
        "lambda",
        "get_function_configuration",
        "lambda:GetFunctionConfiguration",
        {"FunctionName": NAME},
        FUNCTION,
        f"{FUNCTION}:live",
    ),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_a_policy_names_what_aws_compares(
    cloud: EmbeddedCloud, call: tuple[str, str, str, dict[str, Any], str, str]
) -> None:
    service, operation, action, parameters, right, wrong = call
    for resource, allowed in ((right, True), (wrong, False)):
        name = f"reader-{uuid.uuid4().hex[:8]}"
        statement = {"Effect": "Allow", "Action": action, "Resource": resource}
        client = as_role(cloud, name, service, statement)
        if allowed:
            getattr(client, operation)(**parameters)
        else:
            with pytest.raises(ClientError, match=rf"not authorized to perform: {action}"):
                getattr(client, operation)(**parameters)
