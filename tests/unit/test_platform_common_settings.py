"""The function's environment variables."""

from __future__ import annotations

import dataclasses

import pytest

from lambda_src.platform_common.settings import Settings, SettingsError
from tests.support.backend import variables


def test_everything_the_stack_sets_is_read() -> None:
    given = variables() | {
        "REDIS_TLS": "true",
        "REDIS_AUTH_SECRET_ARN": "arn:redis",
        "SECRET_BINANCE": "arn:binance",
        "WORKFLOW_STRATEGY_ACTIVATION": "arn:workflow",
        "TIMESTREAM_DATABASE": "test-market",
    }
    settings = Settings.from_environment(given)
    assert settings.tables["risk-profiles"] == "test-risk-profiles"
    assert (settings.redis_host, settings.redis_port, settings.redis_tls) == ("127.0.0.1", 6379, True)
    assert settings.redis_auth_secret_arn == "arn:redis"
    assert settings.secrets == {"binance": "arn:binance"}
    assert settings.workflows == {"strategy-activation": "arn:workflow"}
    assert settings.timestream_database == "test-market"


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings.from_environment(variables()).environment = "production"  # type: ignore[misc]


def test_everything_missing_is_named_at_once() -> None:
    given = variables()
    del given["TABLE_ORDERS"], given["EVENT_BUS_NAME"]
    given["REDIS_PORT"] = "none"
    with pytest.raises(SettingsError, match=r"EVENT_BUS_NAME, TABLE_ORDERS, REDIS_PORT"):
        Settings.from_environment(given)


@pytest.mark.parametrize(
    ("environment", "paper", "allowed", "real"),
    [
        ("production", "false", "true", True),
        ("production", "False", "true", False),
        ("production", "false", "True", False),
        ("production", "false", "1", False),
        ("production", "", "true", False),
        ("production", "true", "true", False),
        ("production", "false", "false", False),
        ("staging", "false", "true", False),
    ],
)
def test_real_trading_needs_three_exact_words(environment: str, paper: str, allowed: str, real: bool) -> None:
    """M20."""
    given = variables(environment) | {"PAPER_TRADING_MODE": paper, "ALLOW_REAL_TRADES": allowed}
    assert Settings.from_environment(given).real_trading is real


def test_trading_stays_on_paper_without_the_variables() -> None:
    given = variables("production")
    del given["PAPER_TRADING_MODE"], given["ALLOW_REAL_TRADES"]
    assert not Settings.from_environment(given).real_trading
