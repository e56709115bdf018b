"""What a function works with, wired once per process from its environment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lambda_src.platform_common.cache import Cache, RedisCache
from lambda_src.platform_common.clock import Clock
from lambda_src.platform_common.dynamo import DynamoStore
from lambda_src.platform_common.emergency import EmergencyStop, ParameterStop, parameter_of
from lambda_src.platform_common.events import Bus, EventBridgeBus
from lambda_src.platform_common.secrets import Secrets, SecretsManager
from lambda_src.platform_common.settings import Settings
from lambda_src.platform_common.store import Store
from lambda_src.platform_common.workflows import StepFunctions, Workflows


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The function's collaborators. Each connects at first use, none at construction."""

    settings: Settings
    store: Store
    bus: Bus
    secrets: Secrets
    cache: Cache
    workflows: Workflows
    stop: EmergencyStop
    clock: Clock

    @classmethod
    def from_settings(cls, settings: Settings) -> Services:
        """The real ones."""
        secrets = SecretsManager(settings.secrets)
        return cls(
            settings=settings,
            store=DynamoStore(settings.tables),
            bus=EventBridgeBus(settings.event_bus),
            secrets=secrets,
            cache=RedisCache(settings, secrets),
            workflows=StepFunctions(settings.workflows),
            stop=ParameterStop(parameter_of(settings.environment)),
            clock=Clock(),
        )


_current: list[Services] = []


def current() -> Services:
    """This process's services, made at the first call.

    Raises:
        SettingsError: the environment is not complete.
    """
    if not _current:
        _current.append(Services.from_settings(Settings.from_environment(os.environ)))
    return _current[-1]


@contextmanager
def using(services: Services) -> Iterator[Services]:
    """`current()` answers `services` inside the block; for tests and local tools."""
    _current.append(services)
    try:
        yield services
    finally:
        _current.remove(services)
