"""The items of the checklist: who answers each, and from what."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from environments import Environment
from ops.documents.assembly import Assembly
from ops.documents.deployment_page import recipients
from ops.documents.markdown import code
from ops.documents.probes import web_acls_refuse

BEFORE: Final = "Before the release"
RELEASE: Final = "The release"
AFTER: Final = "After the release"
SECTIONS: Final = (BEFORE, RELEASE, AFTER)
SIGNATURES: Final = ("operations engineer", "quality assurance", "release manager")

# Whether the templates are as they should be, and what they say.
FromTemplates = Callable[[Assembly], tuple[bool, str]]
# Whether the environment is as it should be (None: it cannot tell), and what it said.
Probe = Callable[[Environment], tuple[bool | None, str]]


@dataclass(frozen=True, kw_only=True)
class Item:
    """One item.

    `templates`: what the synthesised app says about it. `findings`: beginnings of names of doctor's findings, `checks`
    of names of checks, that answer it; `probe` asks the environment itself. `person`: what only a person can say; such
    an item is never answered by machines alone.
    """

    section: str
    title: str
    templates: FromTemplates | None = None
    findings: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    probe: Probe | None = None
    person: str = ""

    @property
    def asked_of(self) -> str:
        """Who answers once the environment is asked."""
        asked = [f"doctor ({', '.join(self.findings)})"] if self.findings else []
        asked += [f"validate ({', '.join(name.rstrip('-/') for name in self.checks)})"] if self.checks else []
        asked += ["a request that must be refused"] if self.probe else []
        return ", ".join(asked)


def _backups(assembly: Assembly) -> tuple[bool, str]:
    tables = list(assembly.resources("AWS::DynamoDB::Table"))
    saved = {
        target.name
        for selection in assembly.resources("AWS::Backup::BackupSelection")
        for reference in selection.properties["BackupSelection"]["Resources"]
        if (target := assembly.target(selection.part, reference))
    }
    recoverable = [
        table
        for table in tables
        if table.properties.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled")
    ]
    days = assembly.environment.data.backup_retention_days
    fine = {table.name for table in tables} == saved and len(recoverable) == len(tables)
    return fine, (
        f"nightly backups of {len(saved)} of {len(tables)} tables, each kept for {days} d; point-in-time recovery of "
        f"{len(recoverable)}"
    )


def _recipients(assembly: Assembly) -> tuple[bool, str]:
    found = recipients(assembly)
    said = [f"{topic}: {', '.join(map(code, endpoints))}" for topic, endpoints in found.items()]
    return {"critical", "warning"} <= found.keys(), "; ".join(said) or "nobody hears of alarms"


def _rate_limits(assembly: Assembly) -> tuple[bool, str]:
    plans = [plan.properties.get("Throttle", {}) for plan in assembly.resources("AWS::ApiGateway::UsagePlan")]
    limits = [f"{plan['RateLimit']} requests a second, {plan['BurstLimit']} at once" for plan in plans if plan]
    return bool(limits), "; ".join(limits) or "the API has no limit"


def _web_acls(assembly: Assembly) -> tuple[bool, str]:
    lists = list(assembly.resources("AWS::WAFv2::WebACL"))
    said = [f"{code(found.name)} has {len(found.properties.get('Rules', []))} rules" for found in lists]
    return len(lists) >= 2, "; ".join(said) or "there is none"


def _alarms(assembly: Assembly) -> tuple[bool, str]:
    found = list(assembly.resources("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"))
    silent = [alarm.name or alarm.id for alarm in found if not alarm.properties.get("AlarmActions")]
    return not silent, f"{len(found)} alarms" + (f"; without an action: {', '.join(silent)}" if silent else "")


def _trading(assembly: Assembly) -> tuple[bool, str]:
    trading = assembly.environment.trading
    settings = {
        "paper_trading_mode": trading.paper_trading_mode,
        "live_trading": trading.live_trading,
        "allow_real_trades": trading.allow_real_trades,
        "exchange_permissions": trading.exchange_permissions,
        "sandbox": trading.sandbox,
    }
    # Synthesis refuses settings that contradict each other; here they are only shown.
    return True, ", ".join(f"{name} = {json.dumps(value)}" for name, value in settings.items())


ITEMS: Final = (
    Item(section=BEFORE, title="All secrets populated with the environment's own credentials", findings=("secrets",)),
    Item(section=BEFORE, title="DNS records configured and propagated", checks=("dns/",)),
    Item(
        section=BEFORE,
        title="Certificates valid for more than 30 days",
        findings=("certificate",),
        checks=("tls/served-", "tls/issued-"),
    ),
    Item(section=BEFORE, title="Backups active", templates=_backups, checks=("recovery/",)),
    Item(
        section=BEFORE,
        title="A restore has been tried",
        person="when, of which table, by whom (runbook, Restore data)",
    ),
    Item(
        section=BEFORE,
        title="Alerts reach the right people",
        templates=_recipients,
        checks=("monitoring/topic-", "monitoring/test-alert"),
        person="these are the people on call",
    ),
    Item(
        section=BEFORE,
        title="Rate limits configured",
        templates=_rate_limits,
        checks=("security/api-limits", "security/burst"),
    ),
    Item(
        section=BEFORE,
        title="Web ACLs active and tested",
        templates=_web_acls,
        probe=web_acls_refuse,
    ),
    Item(section=BEFORE, title="Load test done", person="its report, and that p95 stayed within the alarms' limits"),
    Item(section=BEFORE, title="Real or simulated orders, as intended", templates=_trading, person="this is intended"),
    Item(section=BEFORE, title="The account has room", findings=("lambda concurrency", "resources")),
    Item(section=BEFORE, title="Nothing stands in the way", findings=("bootstrap", "hold", "stack", "old assets")),
    Item(section=RELEASE, title="Functions deployed and answering", checks=("api/",)),
    Item(section=RELEASE, title="Site deployed; CloudFront answers the new build", checks=("site/",)),
    Item(section=RELEASE, title="Tables and cache reachable", checks=("data/",)),
    Item(section=AFTER, title="Health checks pass", checks=("api/health",)),
    Item(section=AFTER, title="Smoke tests pass", checks=("smoke/",)),
    Item(section=AFTER, title="Trading safety holds", checks=("trading/",)),
    Item(section=AFTER, title="Answers are fast enough", checks=("performance/",)),
    Item(section=AFTER, title="Security checks pass", checks=("security/",)),
    Item(section=AFTER, title="Dashboards there", checks=("monitoring/dashboard-",)),
    Item(
        section=AFTER,
        title="Alarms in OK",
        templates=_alarms,
        findings=("alarm",),
        checks=("monitoring/alarm-", "monitoring/other-alarms"),
    ),
    Item(section=AFTER, title="Traces visible", checks=("monitoring/tracing", "monitoring/traces")),
    Item(section=AFTER, title="Logs flowing", checks=("monitoring/log-",)),
)
