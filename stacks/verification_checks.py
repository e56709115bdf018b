"""What is checked of an environment beyond its endpoints, smoke flow and pages; names and ARNs may be tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from constructs import log_metrics, table_backup
from constructs.platform_api import LIMITED_PATH, LIMITED_RATE, STAGE
from lambda_src.verification.building.data import data_checks
from lambda_src.verification.building.edge import edge_checks
from lambda_src.verification.building.monitoring import (
    TEST_ALARM,
    AlertTest,
    CountedLog,
    WatchedFunction,
    WatchedTopic,
    monitoring_checks,
)
from lambda_src.verification.building.names import api_door, names_checks, site_door
from lambda_src.verification.building.recovery import recovery_checks
from lambda_src.verification.building.security import ApiLimitsOf, RequestLimit, WritableTables, security_checks
from lambda_src.verification.building.trading import trading_checks
from lambda_src.verification.plan import AnyCheck
from lambda_src.verification.plans import Endpoint

if TYPE_CHECKING:
    from stacks.release import ReleaseStack

# Alarms on what verification itself reports: a check of them would keep them up.
_OWN_ALARMS = ("verification", "rollback", "operations", "emergency")


def further_checks(release: ReleaseStack, endpoints: Sequence[Endpoint], *, call_timeout_s: float) -> list[AnyCheck]:
    """Data, names, site front, trading, security and monitoring of the release's environment."""
    settings, data = release.settings, release.inputs.data
    tables = {name: table.table_name for name, table in data.tables.items()}
    return [
        *data_checks(
            tables=tuple(tables), timestream_database=data.timestream_database_name, timeout_s=call_timeout_s + 5
        ),
        *trading_checks(
            orders_table=tables["orders"],
            real_trades_allowed=settings.trading.allow_real_trades,
            call_timeout_s=call_timeout_s,
        ),
        *edge_checks(
            site_host=settings.domain.site,
            site_url=settings.site_url,
            pages=release.inputs.artifacts.publication.pages,
            distribution_id=release.site.distribution.distribution_id,
            cors_path="/api/templates",
            no_https_because=None if _has_https(release) else "the site has no https address in this environment",
        ),
        *_names(release),
        *_security(release, endpoints, tables, call_timeout_s),
        *_monitoring(release, endpoints),
        *_recovery(release),
    ]


def _has_https(release: ReleaseStack) -> bool:
    settings = release.settings
    return settings.site_url.startswith("https://") or f"{settings.domain.site}:443" in settings.verification.connect_to


def _names(release: ReleaseStack) -> list[AnyCheck]:
    settings, network, site = release.settings, release.inputs.network, release.site.distribution
    return [
        *names_checks(
            zone_name=settings.domain.zone,
            zone_id=network.zone.hosted_zone_id,
            site=site_door(
                host=settings.domain.site,
                distribution_domain=site.distribution_domain_name,
                certificate_arn=release.inputs.edge.certificate.certificate_arn,
            ),
            api=api_door(
                host=settings.domain.api,
                regional_domain=release.api.domain.domain_name_alias_domain_name,
                certificate_arn=network.api_certificate.certificate_arn,
            ),
            distribution_id=site.distribution_id,
        )
    ]


def _security(
    release: ReleaseStack, endpoints: Sequence[Endpoint], tables: dict[str, str], call_timeout_s: float
) -> list[AnyCheck]:
    settings, data = release.settings, release.inputs.data
    shared = "the listeners are AWS's own, shared by all of its customers"
    if settings.gate.allow_loopback:
        shared = "the name is loopback: what listens there is the machine's own affair"
    return [
        *security_checks(
            endpoints=endpoints,
            limits=ApiLimitsOf(
                api_id=release.api.rest_api.rest_api_id,
                stage=STAGE,
                everywhere=RequestLimit(rate=settings.api.rate_limit, burst=settings.api.burst_limit),
                limited_path=LIMITED_PATH,
                limited=RequestLimit(rate=LIMITED_RATE.rate, burst=LIMITED_RATE.burst),
            ),
            tables=WritableTables(
                templates=tables["templates"],
                strategies=tables["strategies"],
                risk_profiles=tables["risk-profiles"],
                data_sources=tables["data-sources"],
                providers=tables["providers"],
            ),
            buckets=[bucket.bucket_name for bucket in (release.site.bucket, data.reports_bucket, data.logs_bucket)],
            vpc_id=release.inputs.network.vpc.vpc_id,
            hosts={settings.domain.site: shared, settings.domain.api: shared},
            call_timeout_s=call_timeout_s,
        )
    ]


def _monitoring(release: ReleaseStack, endpoints: Sequence[Endpoint]) -> list[AnyCheck]:
    settings, monitoring = release.settings, release.monitoring
    by_function = {endpoint.function: endpoint for endpoint in endpoints}
    return [
        *monitoring_checks(
            prefix=settings.resource_name(""),
            production=settings.production_checks,
            functions=[
                WatchedFunction(
                    name=handler.package.source.name,
                    function=settings.resource_name(handler.package.source.name),
                    log_group=handler.log_group.log_group_name,
                    path=by_function[handler.package.source.name].path,
                    public=by_function[handler.package.source.name].public,
                )
                for handler in release.handlers
            ],
            alarms=monitoring.watched,
            topics=[
                WatchedTopic(name=name, arn=topic.topic_arn, recipients=settings.alerts.email)
                for name, topic in (
                    ("critical", monitoring.alerting.critical),
                    ("warning", monitoring.alerting.warning),
                )
            ],
            alert_test=AlertTest(
                alarm=settings.resource_name(TEST_ALARM),
                topic=monitoring.alerting.test.topic_arn,
                queue_url=monitoring.test_alert.queue.queue_url,
            ),
            dashboards=[settings.resource_name("platform")],
            access_log=release.api.access_log.log_group_name,
            counted=CountedLog(
                log_group=release.api.access_log.log_group_name,
                namespace=log_metrics.namespace(settings.name),
                metrics=log_metrics.NAMES,
            ),
            ignored_alarm_prefixes=[settings.resource_name(name) for name in _OWN_ALARMS],
        )
    ]


def _recovery(release: ReleaseStack) -> list[AnyCheck]:
    """Only where backups are tested: where nobody makes any, there is nothing to find."""
    settings, data = release.settings, release.inputs.data
    if "restore" not in settings.operations.enabled:
        return []
    return [
        *recovery_checks(
            vault=data.backup.vault.backup_vault_name,
            tables={name: table.table_arn for name, table in data.tables.items()},
            max_age_h=table_backup.OLDEST.to_hours(),
        )
    ]
