"""Rules inside a section and between sections; M20's first of all."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from environments import Environment

REAL = {
    "paper_trading_mode": False,
    "live_trading": True,
    "allow_real_trades": True,
    "exchange_permissions": "TRADE",
    "sandbox": False,
}
PRODUCTION = {"name": "production", "require_manual_approval": True, "production_checks": True}


def build(**changes: Any) -> Environment:
    values: dict[str, Any] = {
        "name": "demo",
        "description": "Demo",
        "aws": {"account": "123456789012"},
        "domain": {"zone": "acinaces.com", "site": "acinaces.com", "api": "api.acinaces.com"},
        "alerts": {"email": ("someone@acinaces.com",)},
    }
    return Environment.model_validate(values | changes)


def refusal(**changes: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        build(**changes)
    problems = caught.value.errors()
    assert len(problems) == 1
    return problems[0]["msg"].removeprefix("Value error, ")


def test_real_trades_in_production_with_every_setting() -> None:
    assert build(**PRODUCTION, trading=REAL).trading.allow_real_trades


def test_real_trades_nowhere_else() -> None:
    assert refusal(trading=REAL) == "trading.allow_real_trades is allowed in the environment 'production' only"


@pytest.mark.parametrize("key", sorted(REAL))
def test_real_trades_need_every_one_of_the_five_settings(key: str) -> None:
    one_left_out = {name: value for name, value in REAL.items() if name != key}
    message = refusal(**PRODUCTION, trading=one_left_out)
    assert "trading.allow_real_trades" in message


@pytest.mark.parametrize("switch", ["protected", "require_manual_approval", "production_checks"])
def test_production_is_guarded(switch: str) -> None:
    assert refusal(**(PRODUCTION | {switch: False})).startswith("production needs protected")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"data": {"removal": "destroy"}}, "data.removal must be 'retain'"),
        ({"data": {"redis": {"transit_encryption": False}}}, "data.redis.transit_encryption must be true"),
        ({"functions": {"runtime": "host", "architecture": "host"}}, "functions.runtime and functions.architecture"),
        ({"alerts": {}}, "alerts.email needs at least one address"),
        ({"gate": {"allow_loopback": True}}, "gate.allow_loopback must be false"),
    ],
)
def test_a_protected_environment(changes: dict[str, Any], expected: str) -> None:
    assert refusal(**changes).startswith(expected)
    assert not build(**changes, protected=False).protected


@pytest.mark.parametrize("policy", ["on_error", "on_inconclusive"])
def test_production_checks_fail_on_what_was_not_measured(policy: str) -> None:
    assert refusal(production_checks=True, gate={policy: "warn"}).startswith("gate.on_error and gate.on_inconclusive")


def test_plain_http_only_on_loopback() -> None:
    domain = {"zone": "a.localhost", "site": "a.localhost", "api": "b.a.localhost", "site_url": "http://a.localhost"}
    assert refusal(domain=domain, protected=False).startswith("domain.site_url and domain.api_url must be https")
    assert build(domain=domain, protected=False, gate={"allow_loopback": True}).site_url == "http://a.localhost"


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ({"site": "elsewhere.com"}, "domain.site must lie in the zone 'acinaces.com'"),
        ({"api": "notacinaces.com"}, "domain.api must lie in the zone"),
        ({"api": "acinaces.com"}, "domain.site and domain.api must differ"),
        ({"api_url": "https://api.other.com"}, "domain.api_url must have domain.api"),
    ],
)
def test_names(domain: dict[str, str], expected: str) -> None:
    names = {"zone": "acinaces.com", "site": "acinaces.com", "api": "api.acinaces.com"}
    assert refusal(domain=names | domain).startswith(expected)


@pytest.mark.parametrize(
    "cidr", ["10.0.0.0/8", "10.0.0.0/25", "10.0.0.1/16", "300.0.0.0/16", "8.8.0.0/16", "", "::/64"]
)
def test_the_network_is_private_and_fits_a_vpc(cidr: str) -> None:
    assert refusal(network={"cidr": cidr}).startswith("network.cidr must be a private IPv4 network")


def test_one_nat_gateway_per_zone_at_most() -> None:
    assert "at most one per zone" in refusal(network={"nat_gateways": 3})
    assert build(network={"nat_gateways": 3}, aws={"account": "123456789012", "availability_zones": ("a", "b", "c")})


def test_nothing_is_named_twice() -> None:
    assert refusal(aws={"account": "123456789012", "availability_zones": ("a", "a")}).startswith("aws.availability_zo")
    assert refusal(alerts={"email": ("a@b.de", "a@b.de")}) == "alerts.email names an address twice"


def test_slack_needs_both_of_its_ids() -> None:
    alerts = {"email": ("a@b.de",), "slack_workspace": "T0123456789"}
    assert refusal(alerts=alerts) == "alerts.slack_workspace and alerts.slack_channel must be set together"


def test_host_is_for_runtime_and_architecture_together() -> None:
    assert "must be 'host' together" in refusal(functions={"runtime": "host"}, protected=False)
    functions = build(functions={"runtime": "host", "architecture": "host"}, protected=False).functions
    assert functions.lambda_runtime.startswith("python3.")
    assert functions.lambda_architecture in ("arm64", "x86_64")


def test_the_consistency_window_ends_before_the_run() -> None:
    assert "gate.consistency_window_s" in refusal(gate={"consistency_window_s": 100, "timeout_s": 110})


def test_a_locked_backup_can_expire() -> None:
    assert build(data={"backup_retention_days": 35, "backup_lock_days": 35}).data.backup_lock_days == 35
    assert "at most data.backup_retention_days" in refusal(data={"backup_retention_days": 7, "backup_lock_days": 8})


def test_backups_are_copied_to_a_vault_by_its_arn() -> None:
    vault = "arn:aws:backup:eu-west-1:222222222222:backup-vault:copies"
    assert build(data={"backup_copy_vault": vault}).data.backup_copy_vault == vault
    assert "match pattern" in refusal(data={"backup_copy_vault": "copies"})
