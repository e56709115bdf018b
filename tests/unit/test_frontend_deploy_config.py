"""M7: the site's configuration follows from the environment."""

from __future__ import annotations

import json

import pytest

from environments import known_environments, load_environment
from frontend_deploy import site_config
from frontend_deploy.config import config_json


@pytest.mark.parametrize("name", known_environments())
def test_analytics_and_error_tracking_in_production_only_real_time_updates_everywhere(name: str) -> None:
    features = site_config(load_environment(name))["features"]
    assert features == {
        "enableAnalytics": name == "production",
        "enableErrorTracking": name == "production",
        "enableRealTimeUpdates": True,
    }


def test_addresses_are_the_environments() -> None:
    config = site_config(load_environment("production"))
    assert config["NEXT_PUBLIC_ENVIRONMENT"] == "production"
    assert config["NEXT_PUBLIC_API_URL"] == "https://api.acinaces.com"
    assert config["NEXT_PUBLIC_WS_URL"] is None, "an address that nothing serves is not offered"


def test_the_published_bytes_are_the_same_each_time_and_hold_the_configuration() -> None:
    environment = load_environment("local")
    assert config_json(environment) == config_json(load_environment("local"))
    assert json.loads(config_json(environment)) == site_config(environment)
