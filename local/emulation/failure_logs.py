"""A worker that dies or cannot import its handler says so in the function's log, as on AWS.

The emulator answers the caller, and writes nothing to the log group when no line came from the worker.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any


def install() -> None:
    """Complete the result of each invocation before the emulator writes the log."""
    from ministack.services import lambda_svc

    execute = lambda_svc._execute_function_warm

    @functools.wraps(execute)
    def execute_and_explain(function: Any, event: Any, request_id: str) -> dict[str, Any]:
        return with_log(execute(function, event, request_id))

    lambda_svc._execute_function_warm = execute_and_explain


def with_log(result: Mapping[str, Any]) -> dict[str, Any]:
    """The result; one that failed without a log line gets one from its error."""
    if not result.get("error") or result.get("log"):
        return dict(result)
    body = result.get("body") or {}
    return {**result, "log": f"[ERROR] {body.get('errorType', 'Error')}: {body.get('errorMessage', 'unknown')}"}
