"""What runs between releases, how often, and which groups of checks it is (M27)."""

from __future__ import annotations

from aws_cdk import Duration

from constructs.scheduled_verification import Schedule
from environments.sections import Operations

# Groups of the plan by schedule.
GROUPS: dict[str, tuple[str, ...]] = {
    "health": ("api", "data"),
    "trading": ("trading",),
    "monitoring": ("monitoring",),
    "performance": ("performance",),
    "security": ("security", "tls", "dns", "site"),
    "restore": ("recovery",),
}
# Seconds. Health must have ended before its next turn.
_SHORT_S, _LONG_S = 45, 240


def schedules_of(operations: Operations) -> list[Schedule]:
    """The schedules of an environment; those that it does not name are there, and disabled."""
    every = {
        "health": Duration.minutes(operations.health_minutes),
        "trading": Duration.minutes(operations.trading_minutes),
        "monitoring": Duration.minutes(operations.monitoring_minutes),
        "performance": Duration.hours(operations.performance_hours),
        "security": Duration.days(operations.security_days),
        "restore": Duration.days(operations.restore_days),
    }
    return [
        Schedule(
            name=name,
            groups=GROUPS[name],
            every=interval,
            deadline_s=_SHORT_S if interval.to_seconds() <= 300 else _LONG_S,
            enabled=name in operations.enabled,
        )
        for name, interval in every.items()
    ]
