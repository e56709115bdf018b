"""An emulated AWS with what is rotated: both secrets, an API's key in its usage plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest

from lambda_src.operations import rotation

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
API = "local-crypto-trading-api"


class Context:
    def get_remaining_time_in_millis(self) -> int:
        return 60_000


@dataclass
class Cloud:
    """An emulator with both secrets, an API's key in its usage plan, and a cache."""

    variables: dict[str, str] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        return boto3.client(service)  # type: ignore[call-overload]

    def secret(self, arn: str, **which: str) -> str:
        return str(self.client("secretsmanager").get_secret_value(SecretId=arn, **which)["SecretString"])

    def pending(self, arn: str, token: str) -> None:
        """What Secrets Manager does before it calls the function."""
        self.client("secretsmanager").put_secret_value(
            SecretId=arn, ClientRequestToken=token, VersionStages=["AWSPENDING"]
        )

    def step(self, arn: str, step: str, token: str) -> None:
        rotation.on_event({"Step": step, "SecretId": arn, "ClientRequestToken": token}, Context())

    def rotate(self, arn: str, token: str, *, twice: bool = False) -> None:
        self.pending(arn, token)
        for step in STEPS:
            for _ in range(2 if twice else 1):
                self.step(arn, step, token)

    def keys(self) -> dict[str, tuple[str, bool]]:
        """Keys of the usage plan: their value, and whether they are enabled."""
        gateway = self.client("apigateway")
        plan = {key["id"] for key in gateway.get_usage_plan_keys(usagePlanId=self.variables["USAGE_PLAN_ID"])["items"]}
        found = gateway.get_api_keys(nameQuery=API, includeValues=True)["items"]
        return {key["name"]: (key["value"], key["enabled"]) for key in found if key["id"] in plan}


def token(number: int) -> str:
    return f"0000000{number}-4e5f-6071-8293-a4b5c6d7e8f9"


def prepared(url: str, monkeypatch: pytest.MonkeyPatch, name: str) -> Cloud:
    """A cloud at `url` in an account of its own, named by the test's `name`; the function's variables are set."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    # Every test in an account of its own; boto3 keeps the credentials that it saw first.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    account = f"{abs(hash(name)) % 10**12:012d}"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", account)
    secrets, gateway = boto3.client("secretsmanager"), boto3.client("apigateway")
    plan = gateway.create_usage_plan(name=API)["id"]
    key = gateway.create_api_key(name=API, value="the-first-key-of-the-stack", enabled=True)["id"]
    gateway.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")
    variables = {
        "ENVIRONMENT": "local",
        "API_KEY_SECRET_ARN": secrets.create_secret(Name="local/api-key", SecretString="the-first-key-of-the-stack")[
            "ARN"
        ],
        "API_NAME": API,
        "USAGE_PLAN_ID": plan,
        "REDIS_AUTH_SECRET_ARN": secrets.create_secret(Name="local/redis-auth", SecretString="the-first-token")["ARN"],
        "REDIS_GROUP_ID": "local-crypto-trading-redis",
        "REDIS_TLS": "false",
        "REDIS_CLIENT_FUNCTION": "local-crypto-trading-health",
        "WATCHED": secrets.create_secret(Name="local/exchanges/okx", SecretString="{}")["ARN"],
        "MAX_AGE_DAYS": "90",
        "ROTATION_DAYS": "30",
        "OVERLAP_HOURS": "72",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return Cloud(variables)
