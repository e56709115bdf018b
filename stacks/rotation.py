"""What the Operations stack rotates and watches of an environment's credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.credential_alarms import CredentialAlarms
from constructs.secret_rotation import CredentialAges, RotatedCache, RotatedKey, SecretRotation

if TYPE_CHECKING:
    from stacks.operations import OperationsStack


def add_rotation(operations: OperationsStack) -> CredentialAlarms:
    """Rotation of the API key and the cache's token, and alarms; returns the alarms."""
    settings, inputs = operations.settings, operations.inputs
    credentials, data, release = settings.credentials, inputs.data, inputs.release
    # Any function that has the cache: it proves that a new token works.
    client = next(handler.package.source.name for handler in release.handlers if handler.package.source.spec.redis)
    rotation = SecretRotation(
        operations,
        "Rotation",
        function_name=settings.resource_name("rotation"),
        environment_name=settings.name,
        package=inputs.artifacts.backend.rotation,
        platform=release.function_platform,
        ages=CredentialAges(
            max_age_days=credentials.max_age_days,
            rotation_days=credentials.rotation_days,
            overlap_hours=credentials.overlap_hours,
        ),
        api_key=RotatedKey(
            secret=inputs.secrets.api_key,
            api_name=settings.resource_name("api"),
            usage_plan_id=release.api.usage_plan.usage_plan_id,
        ),
        cache=RotatedCache(
            secret=data.redis.auth_secret,
            group_id=settings.resource_name("redis"),
            tls=data.redis.tls,
            client=settings.resource_name(client),
        ),
        watched=list(inputs.secrets.placeholders.values()),
        # Where security is not verified by schedule, nothing runs by itself.
        watch="security" in settings.operations.enabled,
        undelivered=operations.undelivered,
    )
    return CredentialAlarms(
        operations,
        "CredentialAlarms",
        physical_name=settings.resource_name,
        environment_name=settings.name,
        rotation=rotation.function.function,
        alerting=release.alerting,
    )
