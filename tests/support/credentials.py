"""Made-up credentials in the form that each provider uses, and an emulator that has an environment's secrets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from environments import load_environment
from ops.secrets.catalogue import FIELDS, FINGERPRINT_KEY, OWN, PLACEHOLDER, secret_id
from tests.support import emulator
from tests.support.killing import At, Commands, Done, Interceptor, intercepting

# A marker that must never be seen; of letters and digits, as most formats allow no other.
MARKER = "MARKERb7Q2"
_UUID = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"


def _filled(length: int, seed: str) -> str:
    return (MARKER + seed * length)[:length]


VALUES: dict[str, dict[str, str]] = {
    "binance": {"apiKey": _filled(64, "a"), "apiSecret": _filled(64, "b")},
    "coinbase": {"apiKey": f"organizations/{_UUID}/apiKeys/{_UUID}", "apiSecret": _filled(86, "c") + "=="},
    "kraken": {"apiKey": _filled(56, "d"), "apiSecret": _filled(86, "e") + "=="},
    "okx": {"apiKey": _UUID, "apiSecret": "ABCDEF0123456789" * 2},
    "bsdex": {"apiKey": _filled(40, "f"), "apiSecret": _filled(40, "g")},
    "bison": {"apiKey": _filled(40, "h"), "apiSecret": _filled(40, "i")},
    "finoa": {"apiKey": _filled(40, "j"), "apiSecret": _filled(40, "k")},
    "bybit": {"apiKey": _filled(18, "l"), "apiSecret": _filled(36, "m")},
    "gemini": {"apiKey": "AIza" + _filled(35, "n")},
    "openai": {"apiKey": "sk-proj-" + _filled(40, "o")},
    "deepseek": {"apiKey": "sk-" + _filled(32, "p")},
}
# The same, of another day.
LATER: dict[str, dict[str, str]] = {
    name: {field: value.replace("a1b2", "b2c3").replace("ABC", "FED").replace(MARKER, "LATERzz9" + MARKER[-2:])
           for field, value in values.items()}
    for name, values in VALUES.items()
}  # fmt: skip


def create(client: Any, environment: str = "local") -> None:
    """Every secret as the Secrets and Data stacks create it, in an empty cloud."""
    loaded = load_environment(environment)
    for name, fields in FIELDS.items():
        document = {**dict.fromkeys(fields, PLACEHOLDER), "generated": "made-up-by-aws"}
        client.create_secret(Name=secret_id(loaded, name), SecretString=json.dumps(document))
    for name in (*OWN, FINGERPRINT_KEY):
        client.create_secret(Name=secret_id(loaded, name), SecretString=f"generated-for-{name}-{'0' * 20}")


def reset(client: Any, environment: str = "local") -> None:
    """Every secret as it was when it was created."""
    for entry in client.list_secrets()["SecretList"]:
        client.delete_secret(SecretId=entry["ARN"], ForceDeleteWithoutRecovery=True)
    create(client, environment)


def stored(client: Any, environment: str = "local") -> dict[str, dict[str, str]]:
    """The fields of each secret that a person fills in, as they are stored now."""
    loaded = load_environment(environment)
    found = {}
    for name, fields in FIELDS.items():
        document = json.loads(client.get_secret_value(SecretId=secret_id(loaded, name))["SecretString"])
        found[name] = {field: document[field] for field in fields}
    return found


@dataclass
class SecretsCloud:
    """An emulator with the secrets of `local`, and commands that reach it by way of the interceptor."""

    client: Any
    commands: Commands
    interceptor: Interceptor

    def run(
        self, *arguments: str, entered: Mapping[str, Any] | None = None, env: str = "local", at: At | None = None
    ) -> Done:
        """`acinaces secrets …`, with `entered` as JSON on standard input."""
        stdin = "" if entered is None else json.dumps(entered)
        command, *options = arguments
        return self.commands.run("secrets", command, "--env", env, *options, stdin=stdin, at=at)

    def stored(self) -> dict[str, dict[str, str]]:
        """The fields of each secret that a person fills in."""
        return stored(self.client)

    def versions(self) -> dict[str, int]:
        """How many versions of each secret there are."""
        listed = self.client.list_secrets()["SecretList"]
        return {entry["Name"].rpartition("/")[2]: len(entry["SecretVersionsToStages"]) for entry in listed}


@contextmanager
def cloud(folder: Path) -> Iterator[SecretsCloud]:
    """An emulator of one's own; `reset` gives it its secrets."""
    with emulator.running(folder) as url, intercepting(url) as (address, interceptor):
        variables = {
            "AWS_ENDPOINT_URL": address,
            "AWS_ACCESS_KEY_ID": "000000000000",
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_DEFAULT_REGION": "eu-central-1",
        }
        client = boto3.client(
            "secretsmanager",
            endpoint_url=url,
            region_name="eu-central-1",
            aws_access_key_id="000000000000",
            aws_secret_access_key="none",
        )
        yield SecretsCloud(client, Commands(folder, variables, interceptor), interceptor)
