"""CloudFormation and CDK's Provider around the gate: delivers events, and holds the answers to the promises.

Follows aws-cdk-lib's provider framework: what becomes of an exception, which ids are accepted, what is sent.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lambda_src.verification.report import ANSWER_LIMIT_BYTES

STACK_ID = "arn:aws:cloudformation:eu-central-1:000000000000:stack/local-acinaces-release/11111111-2222-3333-4444-5555"
RESPONSE_URL = (
    "https://cloudformation-custom-resource-response-eucentral1.s3.eu-central-1.amazonaws.com/arn%3Aaws"
    "?X-Amz-Security-Token=NEVER-IN-A-LOG&X-Amz-Signature=0123456789abcdef"
)
BUCKET = "reports"
CREATE_FAILED = "AWSCDK::CustomResourceProviderFramework::CREATE_FAILED"
# What Node adds below a message; ten frames is its limit.
_STACK_FRAMES = "\n".join(f"    at invokeUserFunction{n} (/var/task/framework.js:1:{3000 + n})" for n in range(10))

OnEvent = Callable[[Mapping[str, Any], Any], dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class LambdaContext:
    """What AWS Lambda passes beside the event."""

    timeout_s: float = 60
    log_group_name: str = "/acinaces/local/gate"
    began: float = field(default_factory=time.monotonic)

    def get_remaining_time_in_millis(self) -> int:
        return max(round((self.timeout_s - (time.monotonic() - self.began)) * 1000), 0)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What CloudFormation received."""

    status: str
    reason: str
    physical_id: str
    data: dict[str, str]
    size: int
    took_s: float


@dataclass
class CloudFormation:
    """One custom resource's life."""

    on_event: OnEvent
    timeout_s: float = 60
    physical_id: str | None = None
    answers: list[Answer] = field(default_factory=list)

    def deliver(
        self, request_type: str, properties: Mapping[str, Any], *, request_id: str | None = None, **extra: Any
    ) -> Answer:
        """Sends one event; the answer obeys CloudFormation's limits or this raises AssertionError."""
        event = {
            "RequestType": request_type,
            "RequestId": request_id or str(uuid.uuid4()),
            "StackId": STACK_ID,
            "ResponseURL": RESPONSE_URL,
            "ResourceType": "Custom::VerificationGate",
            "LogicalResourceId": "GateResource4F5C9E21",
            "ResourceProperties": dict(properties),
            **extra,
        }
        if self.physical_id is not None:
            event["PhysicalResourceId"] = self.physical_id
        began = time.monotonic()
        answer = self._provider(json.loads(json.dumps(event)), began)
        assert answer["PhysicalResourceId"], "an answer names a resource"
        size = len(json.dumps(answer, ensure_ascii=False).encode())
        assert size <= ANSWER_LIMIT_BYTES, f"{size} bytes: CloudFormation takes {ANSWER_LIMIT_BYTES}"
        assert all(isinstance(value, str) for value in answer["Data"].values()), "attributes are strings"
        self.physical_id = answer["PhysicalResourceId"]
        self.answers.append(
            Answer(
                status=answer["Status"],
                reason=answer["Reason"],
                physical_id=answer["PhysicalResourceId"],
                data=answer["Data"],
                size=size,
                took_s=time.monotonic() - began,
            )
        )
        return self.answers[-1]

    def _provider(self, event: dict[str, Any], began: float) -> dict[str, Any]:
        envelope = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
        if event["RequestType"] == "Delete" and event.get("PhysicalResourceId") == CREATE_FAILED:
            return {"Status": "SUCCESS", "Reason": "", "PhysicalResourceId": CREATE_FAILED, "Data": {}, **envelope}
        try:
            result = self.on_event(event, LambdaContext(timeout_s=self.timeout_s, began=began))
        except Exception as exc:  # noqa: BLE001 - the Provider turns whatever comes into FAILED
            physical = event.get("PhysicalResourceId") or CREATE_FAILED
            reason = f"Error: {exc}\n\nLogs: /aws/lambda/local-gate-function\n\n{_STACK_FRAMES}"
            return {"Status": "FAILED", "Reason": reason, "PhysicalResourceId": physical, "Data": {}, **envelope}
        physical = result.get("PhysicalResourceId") or event.get("PhysicalResourceId") or event["RequestId"]
        if event["RequestType"] != "Create":
            assert physical == event.get("PhysicalResourceId"), "another id would replace or orphan the resource"
        data = json.loads(json.dumps(result.get("Data", {})))
        return {"Status": "SUCCESS", "Reason": "SUCCESS", "PhysicalResourceId": physical, "Data": data, **envelope}


def properties(plan_json: str, *, release_id: str = "a1b2c3d4", **changes: Any) -> dict[str, Any]:
    """The gate's properties as the stack sends them."""
    return {
        "ServiceToken": "arn:aws:lambda:eu-central-1:000000000000:function:provider",
        "ServiceTimeout": "120",
        "SchemaVersion": "1",
        "Environment": "local",
        "ReleaseId": release_id,
        "Plan": plan_json,
        "ReportBucket": BUCKET,
        "ReportPrefix": "releases/",
        "StackName": "local-acinaces-release",
        **changes,
    }
