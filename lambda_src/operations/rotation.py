"""Rotation of the secrets that the platform owns. Lambda handler: `lambda_src.operations.rotation.on_event`.

Secrets Manager calls it four times for a rotation: create, set, test, finish. Every step may come twice, and finds what
is done already. Between `set` and the end of the overlap both values work, so nobody is locked out.
https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html

Standard library and boto3 only, as the other functions of operations: no layer of the release is needed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from lambda_src.operations import rotated_api_key, rotated_redis
from lambda_src.operations.aws_calls import CallFailed, Calls
from lambda_src.operations.credential_age import watch

CURRENT: Final = "AWSCURRENT"
PENDING: Final = "AWSPENDING"


class RotationFailed(Exception):
    """A step that did not succeed; the message says which secret, which step and why, and never a value."""


class Rotated(Protocol):
    """What a rotation does apart from Secrets Manager. Each method may be called again."""

    @property
    def length(self) -> int:
        """Characters of a value."""

    def set(self, value: str, token: str) -> None:
        """Makes `value` work beside the present one."""

    def test(self, value: str, token: str) -> None:
        """Raises CallFailed unless `value` works."""

    def finished(self, value: str) -> None:
        """`value` is the current one now."""


def on_event(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """One step of a rotation (`Step`, `SecretId`, `ClientRequestToken`), or the daily look at all credentials.

    With `{"endOverlap": true}` the look ends former API keys at once: one has leaked. Raises RotationFailed.
    """
    calls = Calls(remaining_s=lambda: context.get_remaining_time_in_millis() / 1000)
    if "Step" not in event:
        return watch(calls, os.environ, end_overlap=event.get("endOverlap") is True)
    secret, step, token = str(event["SecretId"]), str(event["Step"]), str(event["ClientRequestToken"])
    try:
        _run(calls, secret, step, token, environment=os.environ)
    except CallFailed as problem:
        raise RotationFailed(f"{secret}: {step}: {problem}") from None
    return {"secret": secret, "step": step}


def _run(calls: Calls, secret: str, step: str, token: str, *, environment: Mapping[str, str]) -> None:
    stages = calls("secretsmanager", "describe_secret", SecretId=secret)["VersionIdsToStages"]
    if token not in stages:
        raise CallFailed("Secrets Manager knows no such version; start the rotation again")
    rotated = _rotated(calls, secret, environment)
    if CURRENT in stages[token]:
        # The last step came twice; what follows the promotion may have been missed.
        if step == "finishSecret":
            rotated.finished(_value(calls, secret, token))
        return
    if PENDING not in stages[token]:
        raise CallFailed("the version is no longer the pending one; start the rotation again")
    steps: dict[str, Callable[[], None]] = {
        "createSecret": lambda: _create(calls, secret, token, rotated.length),
        "setSecret": lambda: rotated.set(_value(calls, secret, token), token),
        "testSecret": lambda: _test(calls, secret, token, rotated),
        "finishSecret": lambda: _finish(calls, secret, token, stages, rotated),
    }
    steps[step]()


def _rotated(calls: Calls, secret: str, environment: Mapping[str, str]) -> Rotated:
    if secret == environment["API_KEY_SECRET_ARN"]:
        return rotated_api_key.RotatedApiKey(calls, environment)
    if secret == environment["REDIS_AUTH_SECRET_ARN"]:
        return rotated_redis.RotatedRedis(calls, environment)
    raise CallFailed("not a secret of this function")


def _create(calls: Calls, secret: str, token: str, length: int) -> None:
    if _value(calls, secret, token, required=False):
        return
    # Letters and digits only: API Gateway and Redis AUTH each refuse other punctuation.
    made = calls("secretsmanager", "get_random_password", PasswordLength=length, ExcludePunctuation=True)
    calls(
        "secretsmanager",
        "put_secret_value",
        SecretId=secret,
        ClientRequestToken=token,
        SecretString=made["RandomPassword"],
        VersionStages=[PENDING],
    )


def _test(calls: Calls, secret: str, token: str, rotated: Rotated) -> None:
    """Secrets Manager also calls this step alone, when a schedule is set up; then there may be no value to test."""
    value = _value(calls, secret, token, required=False)
    if value:
        rotated.test(value, token)


def _finish(calls: Calls, secret: str, token: str, stages: Mapping[str, Any], rotated: Rotated) -> None:
    value = _value(calls, secret, token)
    current = next((version for version, own in stages.items() if CURRENT in own), None)
    calls(
        "secretsmanager",
        "update_secret_version_stage",
        SecretId=secret,
        VersionStage=CURRENT,
        MoveToVersionId=token,
        **({"RemoveFromVersionId": current} if current else {}),
    )
    rotated.finished(value)


def _value(calls: Calls, secret: str, token: str, *, required: bool = True) -> str:
    try:
        value = calls("secretsmanager", "get_secret_value", SecretId=secret, VersionId=token).get("SecretString")
    except CallFailed as problem:
        if required or problem.code != "ResourceNotFoundException":
            raise
        value = None
    if required and not value:
        raise CallFailed("the pending version has no value yet")
    return str(value or "")
