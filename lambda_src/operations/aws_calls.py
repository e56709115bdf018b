"""AWS calls of the rotation, whose errors never carry what was sent."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

# Seconds kept of Lambda's time for the answer.
_RESERVE_S = 10.0


class CallFailed(Exception):
    """A call that failed, or an answer that will not do; `code` is AWS's."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Calls:
    """`calls("lambda", "invoke", …)`, by boto3's names. `remaining_s`: what Lambda has left."""

    def __init__(self, *, remaining_s: Callable[[], float], sleep: Callable[[float], None] = time.sleep) -> None:
        self._remaining_s = remaining_s
        self._sleep = sleep
        self._clients: dict[str, Any] = {}

    def __call__(self, service: str, operation: str, **parameters: Any) -> Any:
        """The answer. Raises CallFailed."""
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError

        if service not in self._clients:
            self._clients[service] = boto3.client(service)  # type: ignore[call-overload]
        code = ""
        try:
            return getattr(self._clients[service], operation)(**parameters)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", "?"))
        except BotoCoreError as error:
            code = type(error).__name__
        # Out here: an error of the SDK may quote what it was given, and Lambda logs an error with its causes.
        raise CallFailed(f"{service} {operation}: {code}", code=code)

    def wait(self, is_so: Callable[[], bool], *, every_s: float, what: str) -> None:
        """Until `is_so()`; raises CallFailed when Lambda's time is nearly up."""
        while not is_so():
            if self._remaining_s() < _RESERVE_S + every_s:
                raise CallFailed(f"{what} took longer than this function may")
            self._sleep(every_s)
