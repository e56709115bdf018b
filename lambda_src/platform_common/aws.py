"""Calls to AWS: clients made at first use, bounded in time, errors in one form.

Importing boto3 costs a third of a cold start, and most of a test run; functions that answer
without AWS never pay for it.
"""

from __future__ import annotations

from threading import Lock
from typing import Any

# Seconds. A function has 10 s: three attempts at reading must leave room for an answer.
CONNECT_TIMEOUT = 1.5
READ_TIMEOUT = 2.5
ATTEMPTS = 3

_BUSY = frozenset(
    {
        "InternalServerError",
        "InternalServiceErrorException",
        "InternalFailure",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)

_clients: dict[str, Any] = {}
_lock = Lock()


class AwsError(Exception):
    """A call that failed.

    Attributes:
        code: AWS's error code, or the SDK's class name when no answer came.
        temporary: whether repeating may help.
        response: AWS's answer, empty when none came.
    """

    def __init__(self, *, service: str, operation: str, code: str, temporary: bool, response: dict[str, Any]) -> None:
        super().__init__(f"{service}.{operation}: {code}")
        self.code = code
        self.temporary = temporary
        self.response = response


def client(service: str) -> Any:
    """The one client of this process for `service`, e.g. `dynamodb`."""
    with _lock:  # making clients of one session is not thread-safe
        if service not in _clients:
            import boto3
            from botocore.config import Config

            config = Config(
                connect_timeout=CONNECT_TIMEOUT,
                read_timeout=READ_TIMEOUT,
                retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            )
            _clients[service] = boto3.client(service, config=config)  # type: ignore[call-overload]
        return _clients[service]


def call(service: str, operation: str, **parameters: Any) -> dict[str, Any]:
    """The answer to one API call, e.g. `call("dynamodb", "get_item", …)`.

    Raises:
        AwsError: whatever went wrong, the SDK's own errors included.
    """
    from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError

    try:
        answer: dict[str, Any] = getattr(client(service), operation)(**parameters)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "Unknown")
        raise AwsError(
            service=service, operation=operation, code=code, temporary=code in _BUSY, response=dict(error.response)
        ) from error
    except BotoCoreError as error:
        name = type(error).__name__
        unreachable = isinstance(error, ConnectionError | HTTPClientError)
        raise AwsError(service=service, operation=operation, code=name, temporary=unreachable, response={}) from error
    return answer
