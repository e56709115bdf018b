"""Run as a program: a gate whose process dies in the middle of its smoke flow. Reads the event from stdin."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, NoReturn

from lambda_src.verification import aws as aws_module
from lambda_src.verification import gate
from lambda_src.verification.checks import smoke_flow
from tests.faults.support.cloudformation import LambdaContext
from tests.faults.support.fake_aws import FakeAws

# What a shell shows for SIGKILL, which is how Lambda ends a function that takes too much memory.
EXIT_CODE = 137


async def _die(*_: Any) -> NoReturn:
    os._exit(EXIT_CODE)


if __name__ == "__main__":
    # Rows and reports of the platform are in another process; this one has only its own AWS.
    aws_module.BotoAws = FakeAws  # type: ignore[assignment,misc]
    smoke_flow._Flow.audited = _die  # type: ignore[method-assign,assignment]
    gate.on_event(json.load(sys.stdin), LambdaContext())
