"""The function's environment variables, read once into one frozen object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lambda_src.platform_common.store import KEYS, TableName

SECRET_PREFIX = "SECRET_"  # noqa: S105 - the prefix of variable names, not a secret
WORKFLOW_PREFIX = "WORKFLOW_"


class SettingsError(Exception):
    """Environment variables that are missing or wrong; the message names each of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything a function is told by its stack. Secrets are ARNs here, never values."""

    environment: str
    tables: Mapping[TableName, str]
    event_bus: str
    cors_allow_origin: str
    redis_host: str
    redis_port: int
    redis_tls: bool
    redis_auth_secret_arn: str | None = None
    paper_trading_mode: bool = True
    allow_real_trades: bool = False
    # Logical name, e.g. `binance` or `strategy-activation`, to ARN; only what the function declares.
    secrets: Mapping[str, str] = field(default_factory=dict)
    workflows: Mapping[str, str] = field(default_factory=dict)
    timestream_database: str | None = None

    @property
    def real_trading(self) -> bool:
        """Whether a real order may leave the platform: three settings agree, as synthesis demands too."""
        return self.allow_real_trades and not self.paper_trading_mode and self.environment == "production"

    @classmethod
    def from_environment(cls, variables: Mapping[str, str]) -> Settings:
        """The settings in `variables` (normally `os.environ`).

        Raises:
            SettingsError: at least one required variable is absent or not of its kind; all are named.
        """
        required = {name: variables.get(name, "") for name in (*_table_variables().values(), *_REQUIRED)}
        wrong = sorted(name for name, value in required.items() if not value)
        if required["REDIS_PORT"] and not required["REDIS_PORT"].isdecimal():
            wrong.append("REDIS_PORT (not a port number)")
        if wrong:
            raise SettingsError(
                f"environment variables missing or wrong: {', '.join(wrong)}. "
                "The release stack sets them on every function; deploy the release again."
            )
        return cls(
            environment=required["ENVIRONMENT"],
            tables={table: required[name] for table, name in _table_variables().items()},
            event_bus=required["EVENT_BUS_NAME"],
            cors_allow_origin=required["CORS_ALLOW_ORIGIN"],
            redis_host=required["REDIS_HOST"],
            redis_port=int(required["REDIS_PORT"]),
            redis_tls=variables.get("REDIS_TLS", "true") != "false",
            redis_auth_secret_arn=variables.get("REDIS_AUTH_SECRET_ARN") or None,
            # Anything but the exact word keeps trading on paper.
            paper_trading_mode=variables.get("PAPER_TRADING_MODE") != "false",
            allow_real_trades=variables.get("ALLOW_REAL_TRADES") == "true",
            secrets=_named(variables, SECRET_PREFIX),
            workflows=_named(variables, WORKFLOW_PREFIX),
            timestream_database=variables.get("TIMESTREAM_DATABASE") or None,
        )


_REQUIRED = ("ENVIRONMENT", "EVENT_BUS_NAME", "CORS_ALLOW_ORIGIN", "REDIS_HOST", "REDIS_PORT")


def _table_variables() -> dict[TableName, str]:
    """The environment variable that holds each table's name."""
    return {table: f"TABLE_{table.upper().replace('-', '_')}" for table in KEYS}


def _named(variables: Mapping[str, str], prefix: str) -> dict[str, str]:
    """`SECRET_BINANCE` becomes `binance`, `WORKFLOW_STRATEGY_ACTIVATION` becomes `strategy-activation`."""
    return {
        name.removeprefix(prefix).lower().replace("_", "-"): value
        for name, value in variables.items()
        if name.startswith(prefix) and value
    }
