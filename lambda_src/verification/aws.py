"""The few AWS calls of a run, as plain blocking functions with their own timeouts. boto3 is imported on first use."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

# A permission that was created seconds ago may not be effective yet.
ACCESS_DENIED_RETRY_S = 60.0
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 8.0
_ACCESS_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Forbidden"})
_NOT_THERE = frozenset({"NoSuchKey", "404", "NotFound", *_ACCESS_DENIED})


class AwsProblem(Exception):
    """An AWS call that did not succeed; the message says which, on what, and AWS's own reason."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Aws(Protocol):
    """What the engine and the gate need of AWS. All calls block and raise AwsProblem."""

    def secret(self, arn: str) -> str:
        """The secret's string."""

    def stack_status(self, stack: str) -> str:
        """CloudFormation's status of a stack by id or name."""

    def delete_row(self, table: str, key: Mapping[str, str]) -> bool:
        """Deletes a row; says whether it was there."""

    def call(self, service: str, operation: str, subject: str, *, region: str | None = None, **parameters: Any) -> Any:
        """Any other call, once, by boto3's names; `subject` says in a message what it was about.

        `region`: None is the one that this process lives in.
        """

    def put_object(self, bucket: str, key: str, body: bytes, *, content_type: str = "application/json") -> None:
        """Stores an object; JSON unless it says otherwise."""

    def get_object(self, bucket: str, key: str) -> bytes | None:
        """The object's content; None where it is absent or not to be read."""


class BotoAws:
    """`Aws` by boto3. Clients are made on first use and shared between threads, which boto3 allows for clients."""

    def __init__(
        self,
        *,
        access_denied_retry_s: float = ACCESS_DENIED_RETRY_S,
        sleep: Callable[[float], None] = time.sleep,
        client_options: Mapping[str, Any] | None = None,
    ) -> None:
        self._access_denied_retry_s = access_denied_retry_s
        self._sleep = sleep
        self._client_options = dict(client_options or {})
        self._clients: dict[tuple[str, str | None], Any] = {}
        self._lock = threading.Lock()

    def secret(self, arn: str) -> str:
        answer = self._call("secretsmanager", "get_secret_value", arn, SecretId=arn)
        return str(answer["SecretString"])

    def stack_status(self, stack: str) -> str:
        answer = self._call("cloudformation", "describe_stacks", stack, StackName=stack)
        return str(answer["Stacks"][0]["StackStatus"])

    def delete_row(self, table: str, key: Mapping[str, str]) -> bool:
        answer = self._call(
            "dynamodb", "delete_item", f"{table} {dict(key)}", TableName=table, Key=_attributes(key),
            ReturnValues="ALL_OLD",
        )  # fmt: skip
        return bool(answer.get("Attributes"))

    def call(self, service: str, operation: str, subject: str, *, region: str | None = None, **parameters: Any) -> Any:
        # Checks are repeated by the engine, which also knows how long.
        return self._once(service, operation, subject, region=region, **parameters)

    def put_object(self, bucket: str, key: str, body: bytes, *, content_type: str = "application/json") -> None:
        self._call(
            "s3", "put_object", f"s3://{bucket}/{key}", Bucket=bucket, Key=key, Body=body,
            ContentType=content_type,
        )  # fmt: skip

    def get_object(self, bucket: str, key: str) -> bytes | None:
        try:
            # Not retried: without s3:ListBucket, S3 answers AccessDenied for a key that is simply absent.
            answer = self._once("s3", "get_object", f"s3://{bucket}/{key}", Bucket=bucket, Key=key)
        except AwsProblem as exc:
            if exc.code in _NOT_THERE:
                return None
            raise
        content: bytes = answer["Body"].read()
        return content

    def _call(self, service: str, operation: str, subject: str, **parameters: Any) -> Any:
        """The call, repeated while access is denied, for as long as a new permission may take."""
        gives_up_at = time.monotonic() + self._access_denied_retry_s
        pause = _FIRST_PAUSE_S
        while True:
            try:
                return self._once(service, operation, subject, **parameters)
            except AwsProblem as exc:
                if exc.code not in _ACCESS_DENIED or time.monotonic() + pause > gives_up_at:
                    raise
            self._sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    def _once(self, service: str, operation: str, subject: str, *, region: str | None = None, **parameters: Any) -> Any:
        from botocore.exceptions import (
            BotoCoreError,
            ClientError,
            ConnectTimeoutError,
            EndpointConnectionError,
            NoCredentialsError,
        )

        try:
            client = self._client(service, region)
            return getattr(client, operation)(**parameters)
        except ClientError as exc:
            code = str(exc.response.get("Error", {}).get("Code", ""))
            reason = exc.response.get("Error", {}).get("Message") or str(exc)
            raise AwsProblem(f"{service} {operation} on {subject}: {code}: {reason}", code=code) from None
        except (ConnectTimeoutError, EndpointConnectionError) as exc:
            endpoint = getattr(exc, "kwargs", {}).get("endpoint_url", service)
            raise AwsProblem(
                f"{service} {operation} on {subject}: no route to {endpoint}; inside a VPC the function needs an "
                f"interface endpoint for {service}, or a NAT gateway"
            ) from None
        except NoCredentialsError:
            raise AwsProblem(f"{service} {operation} on {subject}: no AWS credentials") from None
        except BotoCoreError as exc:
            raise AwsProblem(f"{service} {operation} on {subject}: {exc}") from None

    def _client(self, service: str, region: str | None = None) -> Any:
        # Making clients is not thread-safe, and slow enough to do it once.
        with self._lock:
            if (service, region) not in self._clients:
                import boto3
                from botocore.config import Config

                config = Config(
                    connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3}
                )
                options = {**self._client_options, **({"region_name": region} if region else {})}
                self._clients[service, region] = boto3.session.Session().client(
                    service,  # type: ignore[call-overload]
                    config=config,
                    **options,
                )
            return self._clients[service, region]


def _attributes(key: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {name: {"S": value} for name, value in key.items()}
