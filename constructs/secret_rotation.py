"""Rotation of the secrets that the platform owns, and a daily look at how old all credentials are (M39)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs

from constructs import Construct
from constructs.acknowledge import SECURITY, acknowledge, wildcards
from constructs.key_access import allow_key
from constructs.versioned_function import ALIAS, FunctionPlatform, VersionedFunction

ENTRY: Final = "lambda_src.operations.rotation.on_event"
# ElastiCache takes minutes for each of two changes of a token.
_TIMEOUT: Final = Duration.minutes(15)
_OWN_ACTIONS: Final = (
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetSecretValue",
    "secretsmanager:ListSecretVersionIds",
    "secretsmanager:PutSecretValue",
    "secretsmanager:UpdateSecretVersionStage",
)


@dataclass(frozen=True, kw_only=True)
class RotatedCache:
    """The cache whose AUTH token is rotated. `client`: name of a function that connects to it."""

    secret: secretsmanager.ISecret
    group_id: str
    tls: bool
    client: str


@dataclass(frozen=True, kw_only=True)
class RotatedKey:
    """The API whose key is rotated: its name, and its usage plan's id."""

    secret: secretsmanager.ISecret
    api_name: str
    usage_plan_id: str


@dataclass(frozen=True, kw_only=True)
class CredentialAges:
    """Days: how old credentials of others may grow, and after how many the own are rotated. Overlap in hours."""

    max_age_days: int
    rotation_days: int
    overlap_hours: int


class SecretRotation(Construct):
    """`function` is called by Secrets Manager for each step of a rotation, and once a day to look."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        function_name: str,
        environment_name: str,
        package: Path,
        platform: FunctionPlatform,
        ages: CredentialAges,
        api_key: RotatedKey,
        cache: RotatedCache,
        watched: Sequence[secretsmanager.ISecret],
        watch: bool,
        undelivered: sqs.IQueue,
    ) -> None:
        super().__init__(scope, id)
        self._ages = ages
        self.function = VersionedFunction(
            self,
            "Function",
            function_name=function_name,
            description="Rotates the API key and the cache's token; looks how old credentials are",
            entry=ENTRY,
            package=package,
            # Without layers: a rotation must not depend on what is being released.
            platform=replace(platform, layers=()),
            environment=self._environment(environment_name, ages, api_key, cache, watched),
            timeout=_TIMEOUT,
            dead_letter_queue=undelivered,
        )
        self._grant_secrets([api_key.secret, cache.secret], watched)
        self._grant_api(api_key)
        self._grant_cache(cache)
        permission = lambda_.CfnPermission(
            self,
            "SecretsManager",
            action="lambda:InvokeFunction",
            function_name=self.function.function.function_arn,
            principal="secretsmanager.amazonaws.com",
            source_account=Stack.of(self).account,
        )
        for name, secret in (("ApiKey", api_key.secret), ("Redis", cache.secret)):
            self._rotate(name, secret).node.add_dependency(permission, self.function.role)
        events.Rule(
            self,
            "Daily",
            description="Looks how old credentials are, and ends API keys whose overlap is over",
            enabled=watch,
            schedule=events.Schedule.rate(Duration.days(1)),
            targets=[targets.LambdaFunction(self.function.function, dead_letter_queue=undelivered)],
        )

    @staticmethod
    def _environment(
        name: str,
        ages: CredentialAges,
        api_key: RotatedKey,
        cache: RotatedCache,
        watched: Sequence[secretsmanager.ISecret],
    ) -> Mapping[str, str]:
        return {
            "ENVIRONMENT": name,
            "API_KEY_SECRET_ARN": api_key.secret.secret_arn,
            "API_NAME": api_key.api_name,
            "USAGE_PLAN_ID": api_key.usage_plan_id,
            "REDIS_AUTH_SECRET_ARN": cache.secret.secret_arn,
            "REDIS_GROUP_ID": cache.group_id,
            "REDIS_TLS": str(cache.tls).lower(),
            "REDIS_CLIENT_FUNCTION": cache.client,
            "WATCHED": " ".join(secret.secret_arn for secret in watched),
            "MAX_AGE_DAYS": str(ages.max_age_days),
            "ROTATION_DAYS": str(ages.rotation_days),
            "OVERLAP_HOURS": str(ages.overlap_hours),
        }

    def _rotate(self, id: str, secret: secretsmanager.ISecret) -> secretsmanager.CfnRotationSchedule:
        # L1: the L2 would write this function's role into the policy of the secret's key, which is another stack's.
        return secretsmanager.CfnRotationSchedule(
            self,
            id,
            secret_id=secret.secret_arn,
            rotation_lambda_arn=self.function.function.function_arn,
            # A deployment rotates nothing: it has its own reasons to fail.
            rotate_immediately_on_update=False,
            rotation_rules=secretsmanager.CfnRotationSchedule.RotationRulesProperty(
                automatically_after_days=self._ages.rotation_days
            ),
        )

    def _grant_secrets(self, own: Sequence[secretsmanager.ISecret], watched: Sequence[secretsmanager.ISecret]) -> None:
        self.function.allow(actions=_OWN_ACTIONS, resources=[secret.secret_arn for secret in own])
        # Values of others are not this function's business.
        self.function.allow(
            actions=["secretsmanager:ListSecretVersionIds"], resources=[secret.secret_arn for secret in watched]
        )
        # Knows no resources.
        self.function.allow(actions=["secretsmanager:GetRandomPassword"], resources=["*"])
        for secret in own:
            allow_key(self.function.role, secret.encryption_key, "secretsmanager")

    def _grant_api(self, api_key: RotatedKey) -> None:
        # An API key's id is made with it, and API Gateway has no narrower resource for the listing.
        self.function.allow(actions=["apigateway:GET", "apigateway:POST"], resources=[self._api("apikeys")])
        self.function.allow(
            actions=["apigateway:GET", "apigateway:PATCH", "apigateway:DELETE"], resources=[self._api("apikeys/*")]
        )
        keys = f"usageplans/{api_key.usage_plan_id}/keys"
        self.function.allow(
            actions=["apigateway:GET", "apigateway:POST"], resources=[self._api(keys), self._api(f"{keys}/*")]
        )

        acknowledge(
            self.function.role,
            "Makes and ends the keys of a rotation; API Gateway gives a key its id when it is made",
            SECURITY,
            *wildcards("Resource::...::/apikeys/*", "Resource::.../keys/*"),
        )

    def _grant_cache(self, cache: RotatedCache) -> None:
        stack, colon = Stack.of(self), ArnFormat.COLON_RESOURCE_NAME
        group = stack.format_arn(
            service="elasticache", resource="replicationgroup", resource_name=cache.group_id, arn_format=colon
        )
        self.function.allow(
            actions=["elasticache:DescribeReplicationGroups", "elasticache:ModifyReplicationGroup"], resources=[group]
        )
        client = stack.format_arn(
            service="lambda", resource="function", resource_name=f"{cache.client}:{ALIAS}", arn_format=colon
        )
        self.function.allow(actions=["lambda:InvokeFunction"], resources=[client])

    def _api(self, path: str) -> str:
        return Stack.of(self).format_arn(
            service="apigateway", account="", resource=f"/{path}", arn_format=ArnFormat.NO_RESOURCE_NAME
        )
