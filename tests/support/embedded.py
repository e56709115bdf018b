"""The embedded cloud for tests of its own: started once per file, stacks from plain templates."""

from __future__ import annotations

import io
import json
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local import ports
from local.cloud import EmbeddedCloud


@contextmanager
def started(state: Path, *, concurrency: int | None = None) -> Iterator[EmbeddedCloud]:
    """A cloud on a free port, ended with the block."""
    cloud = EmbeddedCloud(port=ports.free_port(), state=state, concurrency=concurrency)
    try:
        cloud.start()
        yield cloud
    finally:
        cloud.stop()


def put(
    cloud: EmbeddedCloud,
    name: str,
    resources: dict[str, Any],
    *,
    outputs: dict[str, Any] | None = None,
    region: str | None = None,
) -> dict[str, str]:
    """Create or update a stack and return its outputs; fails with the reasons of what failed."""
    client = cloud.client("cloudformation", region=region)
    template = {"Resources": resources, "Outputs": {key: {"Value": value} for key, value in (outputs or {}).items()}}
    exists = any(
        stack["StackName"] == name
        for stack in client.list_stacks()["StackSummaries"]
        if "DELETE" not in stack["StackStatus"]
    )
    operation = client.update_stack if exists else client.create_stack
    operation(StackName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"])
    stack = settled(client, name)
    events = client.describe_stack_events(StackName=name)["StackEvents"]
    reasons = [event["ResourceStatusReason"] for event in events if "FAILED" in event["ResourceStatus"]]
    assert stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), reasons
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def settled(client: Any, name: str) -> Any:
    """The stack once nothing is in progress."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        (stack,) = client.describe_stacks(StackName=name)["Stacks"]
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            return stack
        time.sleep(0.02)
    raise AssertionError(f"{name} is still in progress")


def execution_role(cloud: EmbeddedCloud, *actions: str, name: str = "") -> str:
    """The ARN of a new role for functions and workflows that may do `actions` on everything."""
    iam, name = cloud.client("iam"), name or f"functions-{uuid.uuid4().hex[:8]}"
    services = {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]}
    trusted = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": services}
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document(trusted)))["Role"]["Arn"]
    if actions:
        given = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(document(given)))
    return arn


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    """A policy."""
    return {"Version": "2012-10-17", "Statement": statements}


def eventually(look: Callable[[], Any]) -> Any:
    """What `look` answers once that is something."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.02)
    raise AssertionError("nothing came")


def function(code: str) -> bytes:
    """A function's zip: `code` as module `m`."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("m.py", code)
    return content.getvalue()
