"""Credentials of exchanges and AI providers, as far as they are populated.

The stack creates every secret as a placeholder; an operator populates it. Values stay in this
process: they are never logged, and no answer carries them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from lambda_src.platform_common import aws
from lambda_src.platform_common.problems import Problem, unavailable

PLACEHOLDER = "PLACEHOLDER"
# Seconds that a value is kept: newly populated credentials are seen without a deployment.
KEEP_S = 30.0

EXCHANGE_FIELDS = ("apiKey", "apiSecret")
AI_FIELDS = ("apiKey",)

Status = Literal["populated", "placeholder", "unreadable", "not-configured"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What is known about one secret; `values` only when populated, and hidden from `repr`."""

    name: str
    status: Status
    version_id: str | None = None
    values: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a secret; its text is hidden from `repr`."""

    id: str
    text: str = field(repr=False)


class Secrets(Protocol):
    """Where credentials come from."""

    def credentials(self, name: str, fields: tuple[str, ...]) -> Credentials:
        """The secret called `name`, which needs all of `fields`. Never raises."""
        ...

    def text(self, arn: str) -> str:
        """The plain text of a secret; raises AwsError."""
        ...

    def reread(self, arn: str, *, stage: str) -> Version:
        """The version at `stage`, past everything that was kept, which is forgotten; raises AwsError."""
        ...


class SecretsManager:
    """Secrets in AWS Secrets Manager.

    Args:
        arns: logical name, e.g. `binance`, to ARN.
        monotonic: a clock in seconds.
    """

    def __init__(self, arns: Mapping[str, str], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._arns = arns
        self._monotonic = monotonic
        self._kept: dict[str, tuple[float, Credentials]] = {}

    def credentials(self, name: str, fields: tuple[str, ...]) -> Credentials:
        kept = self._kept.get(name)
        if kept and self._monotonic() - kept[0] < KEEP_S:
            return kept[1]
        fresh = self._read(name, fields)
        if fresh.status != "unreadable":
            self._kept[name] = (self._monotonic(), fresh)
        return fresh

    def text(self, arn: str) -> str:
        return str(aws.call("secretsmanager", "get_secret_value", SecretId=arn)["SecretString"])

    def reread(self, arn: str, *, stage: str) -> Version:
        self._kept.clear()
        answer = aws.call("secretsmanager", "get_secret_value", SecretId=arn, VersionStage=stage)
        return Version(id=str(answer["VersionId"]), text=str(answer["SecretString"]))

    def _read(self, name: str, fields: tuple[str, ...]) -> Credentials:
        arn = self._arns.get(name)
        if not arn:
            return Credentials(name=name, status="not-configured")
        try:
            answer = aws.call("secretsmanager", "get_secret_value", SecretId=arn)
        except aws.AwsError:
            return Credentials(name=name, status="unreadable")
        values = _populated(answer.get("SecretString"), fields)
        return Credentials(
            name=name,
            status="populated" if values else "placeholder",
            version_id=answer.get("VersionId"),
            values=values,
        )


def require(credentials: Credentials, *, environment: str) -> Credentials:
    """`credentials`, if they can be used.

    Raises:
        Problem: 503 that names the secret and what to do.
    """
    if credentials.status == "populated":
        return credentials
    raise _refusal(credentials, environment)


def _refusal(credentials: Credentials, environment: str) -> Problem:
    name = credentials.name
    if credentials.status == "placeholder":
        detail = f"The secret {name!r} of environment {environment!r} is not populated. Populate it, then try again."
        return unavailable("secret-not-populated", detail, extra={"secret": name})
    detail = f"The secret {name!r} of environment {environment!r} cannot be read ({credentials.status})."
    return unavailable("secret-unreadable", detail, extra={"secret": name})


def _populated(text: str | None, fields: tuple[str, ...]) -> dict[str, str]:
    """The values of `fields`; empty unless every one is there and none is a placeholder."""
    try:
        document = json.loads(text or "")
    except ValueError:
        return {}
    if not isinstance(document, dict):
        return {}
    values = {name: document.get(name) for name in fields}
    usable = all(isinstance(value, str) and value.strip() not in ("", PLACEHOLDER) for value in values.values())
    return {name: str(value) for name, value in values.items()} if usable else {}
