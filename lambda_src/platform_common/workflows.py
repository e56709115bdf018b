"""Starting Step Functions state machines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from lambda_src.platform_common import aws, json_text
from lambda_src.platform_common.problems import unavailable


class Workflows(Protocol):
    """What can be started."""

    def start(self, workflow: str, *, name: str, document: Mapping[str, Any]) -> str:
        """Starts `workflow` under `name` (once) and returns the execution's ARN; raises a 503 problem."""
        ...


class StepFunctions:
    """State machines in AWS Step Functions; `arns` by logical name."""

    def __init__(self, arns: Mapping[str, str]) -> None:
        self._arns = arns

    def start(self, workflow: str, *, name: str, document: Mapping[str, Any]) -> str:
        arn = self._arns.get(workflow)
        if not arn:
            raise unavailable("workflow-not-configured", f"The workflow {workflow!r} is not configured here.")
        answer = aws.call(
            "stepfunctions", "start_execution", stateMachineArn=arn, name=name, input=json_text.dumps(document)
        )
        return str(answer["executionArn"])
