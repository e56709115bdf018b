"""Rules that span several sections of an environment.

Each takes an environment and returns what is broken, naming the keys, or None.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from environments.schema import Environment


def _real_trades_need_agreement(environment: Environment) -> str | None:
    """M20: real trades need production, `live_trading` and `allow_real_trades` together."""
    trading = environment.trading
    if trading.live_trading != trading.allow_real_trades:
        return "trading.live_trading and trading.allow_real_trades must be set together, both true or both false"
    if not trading.allow_real_trades:
        return None
    if environment.name != "production":
        return "trading.allow_real_trades is allowed in the environment 'production' only"
    if trading.paper_trading_mode or trading.sandbox or trading.exchange_permissions != "TRADE":
        return (
            "trading.allow_real_trades needs paper_trading_mode = false, sandbox = false "
            "and exchange_permissions = 'TRADE'"
        )
    return None


def _protected_means_protected(environment: Environment) -> str | None:
    switches = (environment.protected, environment.require_manual_approval, environment.production_checks)
    if environment.name == "production" and not all(switches):
        return "production needs protected, require_manual_approval and production_checks = true"
    if not environment.protected:
        return None
    if environment.data.removal != "retain":
        return "data.removal must be 'retain' where protected = true"
    if not environment.data.redis.transit_encryption:
        return "data.redis.transit_encryption must be true where protected = true"
    if environment.functions.on_host:
        return "functions.runtime and functions.architecture cannot be 'host' where protected = true"
    if not environment.alerts.email:
        return "alerts.email needs at least one address where protected = true"
    return None


def _gate_measures_what_people_reach(environment: Environment) -> str | None:
    gate = environment.gate
    if environment.protected and gate.allow_loopback:
        return "gate.allow_loopback must be false where protected = true"
    urls = (environment.site_url, environment.api_url)
    if not gate.allow_loopback and not all(url.startswith("https://") for url in urls):
        return "domain.site_url and domain.api_url must be https where gate.allow_loopback = false"
    if environment.production_checks and "warn" in (gate.on_error, gate.on_inconclusive):
        return "gate.on_error and gate.on_inconclusive must be 'fail' where production_checks = true"
    return None


def _one_nat_gateway_per_zone(environment: Environment) -> str | None:
    zones = len(environment.aws.availability_zones)
    if environment.network.nat_gateways > zones:
        return f"network.nat_gateways must be at most one per zone of aws.availability_zones ({zones})"
    return None


def _a_backup_can_expire(environment: Environment) -> str | None:
    data = environment.data
    if data.backup_lock_days and data.backup_lock_days > data.backup_retention_days:
        return "data.backup_lock_days must be at most data.backup_retention_days"
    return None


def _details_stay_out_of_protected_logs(environment: Environment) -> str | None:
    """M30: debugging is for development."""
    if environment.protected and environment.functions.log_level == "DEBUG":
        return "functions.log_level must not be 'DEBUG' where protected = true"
    return None


def _the_pipeline_asks_where_it_matters(environment: Environment) -> str | None:
    if environment.pipeline and environment.protected and environment.pipeline.new_permissions != "ask":
        return "pipeline.new_permissions must be 'ask' where protected = true"
    return None


RULES: tuple[Callable[[Environment], str | None], ...] = (
    _real_trades_need_agreement,
    _protected_means_protected,
    _gate_measures_what_people_reach,
    _one_nat_gateway_per_zone,
    _a_backup_can_expire,
    _details_stay_out_of_protected_logs,
    _the_pipeline_asks_where_it_matters,
)
