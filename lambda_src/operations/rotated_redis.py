"""The cache's AUTH token: ROTATE makes ElastiCache accept the new one beside the old, SET leaves the new one alone.

https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html#auth-modifying
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any, Final

from lambda_src.operations.aws_calls import CallFailed, Calls

_EVERY_S: Final = 5.0


class RotatedRedis:
    """A group without TLS has no AUTH in ElastiCache: then only the secret changes."""

    # ElastiCache accepts AUTH tokens of 16 to 128 characters.
    length = 64

    def __init__(self, calls: Calls, environment: Mapping[str, str]) -> None:
        self._calls = calls
        self._group = environment["REDIS_GROUP_ID"]
        self._has_auth = environment["REDIS_TLS"] == "true"
        self._client = environment["REDIS_CLIENT_FUNCTION"]

    def set(self, value: str, token: str) -> None:  # noqa: ARG002 - the token is for others
        if not self._has_auth:
            return
        self._wait()
        if not self._problem_of_client():
            # Accepted already: this step came before, and ElastiCache does not take a token twice.
            return
        self._modify(value, "ROTATE")

    def test(self, value: str, token: str) -> None:  # noqa: ARG002
        """A function of the release, which is where the cache is, connects with the pending token."""
        problem = self._problem_of_client()
        if problem:
            raise CallFailed(f"{self._client} cannot use the new token: {problem}")

    def finished(self, value: str) -> None:
        if self._has_auth:
            self._modify(value, "SET")

    def _modify(self, value: str, strategy: str) -> None:
        self._calls(
            "elasticache",
            "modify_replication_group",
            ReplicationGroupId=self._group,
            AuthToken=value,
            AuthTokenUpdateStrategy=strategy,
            ApplyImmediately=True,
        )
        self._wait()

    def _wait(self) -> None:
        self._calls.wait(self._is_available, every_s=_EVERY_S, what=f"ElastiCache's change of {self._group}")

    def _is_available(self) -> bool:
        answer = self._calls("elasticache", "describe_replication_groups", ReplicationGroupId=self._group)
        (group,) = answer["ReplicationGroups"]
        return group["Status"] == "available" and not (group.get("PendingModifiedValues") or {}).get("AuthTokenStatus")

    def _problem_of_client(self) -> str:
        """What the function answers when it is to connect with the pending token; empty when it could.

        `lambda_src.platform_common.secret_proof` is what answers there.
        """
        question = {"challenge": secrets.token_hex(16), "names": ["redis-auth"], "stage": "AWSPENDING"}
        answer: Any = self._calls(
            "lambda",
            "invoke",
            FunctionName=self._client,
            Qualifier="live",
            Payload=json.dumps({"proveSecrets": question}).encode(),
        )
        document = json.loads(answer["Payload"].read())
        if answer.get("FunctionError") or "secrets" not in document:
            return "it failed; see its log"
        (found,) = document["secrets"]
        return str(found.get("problem", ""))
