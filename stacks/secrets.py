"""Secrets: placeholders for exchanges and AI providers (M6), and the platform's own API key."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_secretsmanager as secretsmanager

from constructs import Construct
from constructs.encryption_key import EncryptionKey
from constructs.generated_secret import GeneratedSecret
from constructs.placeholder_secret import PlaceholderSecret
from environments import Environment
from stacks.policies import removal_policy

EXCHANGES = ("binance", "coinbase", "kraken", "okx", "bsdex", "bison", "finoa", "bybit")
AI_PROVIDERS = ("gemini", "openai", "deepseek")
# API Gateway accepts keys of 20 to 128 characters.
_API_KEY_LENGTH = 40
_FINGERPRINT_KEY_LENGTH = 64


class SecretsStack(cdk.Stack):
    """`placeholders` (all eleven by name), the same as `exchanges` and `ai_providers`; `api_key`; `key`.

    The names are `{environment}/exchanges/binance`, `{environment}/ai-providers/gemini`, `{environment}/api-key`, and
    `{environment}/fingerprint-key`: with it people's fingerprints of credentials are made (`ops.secrets.fingerprint`).
    """

    def __init__(self, scope: Construct, id: str, *, environment: Environment, env: cdk.Environment) -> None:
        super().__init__(
            scope,
            id,
            env=env,
            description=f"Acinaces {environment.name}: credentials",
        )
        # Apart from the data's key: who may read credentials is decided apart from who may read rows.
        self.key = EncryptionKey(
            self,
            "Key",
            key_alias=f"acinaces/{environment.name}/secrets",
            description=f"Credentials of {environment.name}",
            removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        self.exchanges = {
            name: self._placeholder(name, f"{environment.name}/exchanges/{name}", ["apiKey", "apiSecret"])
            for name in EXCHANGES
        }
        self.ai_providers = {
            name: self._placeholder(name, f"{environment.name}/ai-providers/{name}", ["apiKey"])
            for name in AI_PROVIDERS
        }
        self.placeholders: dict[str, secretsmanager.Secret] = {**self.exchanges, **self.ai_providers}
        self.api_key = GeneratedSecret(
            self,
            "ApiKey",
            secret_name=f"{environment.name}/api-key",
            description="Key of the platform's clients: header x-api-key",
            length=_API_KEY_LENGTH,
            encryption_key=self.key,
            removal_policy=removal_policy(environment),
        )
        GeneratedSecret(
            self,
            "FingerprintKey",
            secret_name=f"{environment.name}/fingerprint-key",
            description="Key of the fingerprints by which people compare credentials",
            length=_FINGERPRINT_KEY_LENGTH,
            encryption_key=self.key,
            removal_policy=removal_policy(environment),
            unscheduled="Opens nothing; fingerprints that people wrote down would no longer be comparable",
        )

    def _placeholder(self, name: str, secret_name: str, fields: list[str]) -> PlaceholderSecret:
        return PlaceholderSecret(self, name, secret_name=secret_name, fields=fields, encryption_key=self.key)
