"""The Redis cache: short time-outs, and never more important than the answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

from lambda_src.platform_common.aws import AwsError
from lambda_src.platform_common.secrets import Secrets
from lambda_src.platform_common.settings import Settings

# Seconds. A cache that needs longer than this is slower than doing without it.
CONNECT_TIMEOUT = 0.5
READ_TIMEOUT = 0.5
# Seconds without another attempt after a failure, so that an outage costs one time-out and not one per request.
PAUSE_S = 5.0


class CacheUnavailable(Exception):
    """The cache cannot be used now; the message is the error's kind, without host or credentials."""


class Cache(Protocol):
    """A key-value cache. Every method raises CacheUnavailable."""

    def get(self, key: str) -> str | None: ...

    def put(self, key: str, value: str, *, ttl_ms: int) -> None: ...

    def ping(self) -> None: ...

    def try_token(self, token: str) -> None:
        """Whether the cache accepts this AUTH token, asked on a connection of its own."""
        ...


class RedisCache:
    """Redis as ElastiCache provides it: TLS and AUTH as the settings say.

    Args:
        monotonic: a clock in seconds.
    """

    def __init__(self, settings: Settings, secrets: Secrets, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._secrets = secrets
        self._monotonic = monotonic
        self._connection: Any = None
        self._paused_until = 0.0

    def get(self, key: str) -> str | None:
        value = self._call("get", key)
        return None if value is None else str(value)

    def put(self, key: str, value: str, *, ttl_ms: int) -> None:
        self._call("set", key, value, px=ttl_ms)

    def ping(self) -> None:
        # A health check wants to know about now.
        self._paused_until = 0.0
        self._call("ping")

    def try_token(self, token: str) -> None:
        from redis.exceptions import RedisError

        try:
            connection = self._connect_with(token)
            try:
                connection.ping()
            finally:
                connection.close()
        except (RedisError, OSError) as error:
            raise CacheUnavailable(type(error).__name__) from error
        # The next call connects anew, and so reads the secret anew.
        self._connection = None

    def _call(self, command: str, *arguments: Any, **options: Any) -> Any:
        if self._monotonic() < self._paused_until:
            raise CacheUnavailable("paused after a failure")
        from redis.exceptions import RedisError

        try:
            if self._connection is None:
                self._connection = self._connect()
            return getattr(self._connection, command)(*arguments, **options)
        except (RedisError, OSError, AwsError) as error:
            # A new connection reads the AUTH token again: it may have been rotated.
            self._connection = None
            self._paused_until = self._monotonic() + PAUSE_S
            raise CacheUnavailable(type(error).__name__) from error

    def _connect(self) -> Any:
        arn = self._settings.redis_auth_secret_arn
        return self._connect_with(self._secrets.text(arn) if arn else None)

    def _connect_with(self, token: str | None) -> Any:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        return redis.Redis(
            host=self._settings.redis_host,
            port=self._settings.redis_port,
            ssl=self._settings.redis_tls,
            username="default" if token else None,
            password=token,
            socket_connect_timeout=CONNECT_TIMEOUT,
            socket_timeout=READ_TIMEOUT,
            # One more try: a connection that idled while the function was frozen is often dead.
            retry=Retry(NoBackoff(), 1),
            decode_responses=True,
            protocol=2,
        )
