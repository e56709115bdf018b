"""The sections of an environment file. Every model is frozen and refuses unknown keys.

A rule inside one section stands here; rules between sections are in `environments.rules`.
"""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from environments.host import host_architecture, host_runtime

# RFC 1035 names; `.localhost` names resolve to loopback in browsers and curl (RFC 6761).
DomainName = Annotated[
    str, StringConstraints(max_length=253, pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$")
]
EmailAddress = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
AccountId = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
# CloudFront takes certificates and web ACLs from this region only.
EDGE_REGION = "us-east-1"
Region = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
ZoneLetter = Annotated[str, StringConstraints(pattern=r"^[a-f]$")]
Origin = Annotated[str, StringConstraints(pattern=r"^https?://[a-z0-9.-]+(:\d{1,5})?$")]

# An IP address and a port; `name:port`.
SocketAddress = Annotated[str, StringConstraints(pattern=r"^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:]+\]):\d{1,5}$")]
SocketName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]+:\d{1,5}$")]


class Section(BaseModel):
    """Base of every section: immutable, no unknown keys, no silent conversion of types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Aws(Section):
    """Where the environment lives."""

    account: AccountId
    region: Region = "eu-central-1"
    # Availability zones are named here because asking for them needs an account (no look-ups).
    availability_zones: tuple[ZoneLetter, ...] = Field(default=("a", "b"), min_length=2, max_length=3, strict=False)
    # The policy that no role of the platform may exceed, by name: `acinaces bootstrap` makes it, and demands this key.
    # Without it, plain `cdk bootstrap` is enough.
    permissions_boundary: Annotated[str, StringConstraints(pattern=r"^[\w+=,.@-]{1,128}$")] | None = None
    # The bootstrap qualifier of `cdk bootstrap`; only needed to name the asset bucket.
    bootstrap_qualifier: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,10}$")] = "hnb659fds"

    @model_validator(mode="after")
    def _zones_are_different(self) -> Self:
        if len(set(self.availability_zones)) != len(self.availability_zones):
            raise ValueError("aws.availability_zones names a zone twice")
        return self


class Domain(Section):
    """Names under which people reach the site and the API.

    `site_url` and `api_url` follow from the names unless a port or a scheme differs.
    """

    site: DomainName
    api: DomainName
    # The public hosted zone of both names. Without an id the zone is created (and must be delegated to).
    zone: DomainName
    zone_id: Annotated[str, StringConstraints(pattern=r"^Z[A-Z0-9]{3,31}$")] | None = None
    site_url: Origin | None = None
    api_url: Origin | None = None

    @model_validator(mode="after")
    def _names_fit_together(self) -> Self:
        if self.site == self.api:
            raise ValueError("domain.site and domain.api must differ: each has its own record and certificate")
        for key, name, url in (("site", self.site, self.site_url), ("api", self.api, self.api_url)):
            if name != self.zone and not name.endswith("." + self.zone):
                raise ValueError(f"domain.{key} must lie in the zone {self.zone!r}, got {name!r}")
            if url and url.split("://")[1].split(":")[0] != name:
                raise ValueError(f"domain.{key}_url must have domain.{key} ({name!r}) as its host, got {url!r}")
        return self


class Network(Section):
    """The VPC."""

    cidr: str = "10.0.0.0/16"
    # At least one: functions in the VPC reach Secrets Manager, EventBridge and Step Functions through it.
    nat_gateways: int = Field(default=1, ge=1, le=3)

    @model_validator(mode="after")
    def _cidr_is_a_private_network(self) -> Self:
        allowed = "network.cidr must be a private IPv4 network between /16 and /24, such as '10.0.0.0/16'"
        try:
            network = ipaddress.IPv4Network(self.cidr)
        except ValueError as error:
            raise ValueError(f"{allowed}: {error}") from error
        # VPC sizes: /24 still gives sixteen subnets of /28, the smallest that AWS accepts.
        if not (16 <= network.prefixlen <= 24 and network.is_private):
            raise ValueError(f"{allowed}, got {self.cidr!r}")
        return self


class Redis(Section):
    """The ElastiCache replication group."""

    node_type: Annotated[str, StringConstraints(pattern=r"^cache\.[a-z0-9]+\.[a-z0-9]+$")] = "cache.t4g.micro"
    # Off only where the cache is a loopback process (see environments.rules).
    transit_encryption: bool = True
    # Daily snapshots, to look at after an incident; 0: none.
    snapshot_retention_days: int = Field(default=15, ge=0, le=35)


_VAULT_ARN = r"^arn:aws:backup:[a-z0-9-]+:\d{12}:backup-vault:[A-Za-z0-9_-]{2,50}$"


class Data(Section):
    """What holds state."""

    # `retain` keeps tables, keys and buckets when their stack goes; `destroy` is for throw-away environments.
    removal: Literal["retain", "destroy"] = "retain"
    redis: Redis = Redis()
    # Closed to new AWS customers since 2025-06-20, hence an option.
    timestream: bool = False
    backup_retention_days: int = Field(default=35, ge=1, le=3650)
    # Vault lock (governance): no role deletes a backup that is younger, until a person takes the lock away.
    backup_lock_days: int | None = Field(default=None, ge=1, le=3650)
    # ARN of a vault in another account or region, where each backup is copied. Its policy must let this account copy
    # into it; DynamoDB's advanced backups and, between accounts, AWS Organizations' cross-account backup must be on.
    backup_copy_vault: Annotated[str, StringConstraints(pattern=_VAULT_ARN)] | None = None


class Functions(Section):
    """Lambda functions. `host` means: what the embedded cloud's own interpreter is."""

    runtime: Literal["python3.11", "python3.12", "python3.13", "host"] = "python3.13"
    architecture: Literal["arm64", "x86_64", "host"] = "arm64"
    log_level: Literal["DEBUG", "INFO", "WARNING"] = "INFO"
    log_retention_days: Literal[1, 3, 7, 14, 30, 60, 90, 180, 365, 731] = 30
    # None leaves the account's pool unreserved.
    reserved_concurrency: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _host_is_both_or_none(self) -> Self:
        if (self.runtime == "host") != (self.architecture == "host"):
            raise ValueError("functions.runtime and functions.architecture must be 'host' together")
        return self

    @property
    def on_host(self) -> bool:
        """Whether functions run in the embedded cloud's own interpreter instead of on AWS Lambda."""
        return self.runtime == "host"

    @property
    def lambda_runtime(self) -> str:
        """The Lambda runtime identifier, e.g. `python3.13`."""
        return host_runtime() if self.on_host else self.runtime

    @property
    def lambda_architecture(self) -> str:
        """`arm64` or `x86_64`."""
        return host_architecture() if self.on_host else self.architecture


class Api(Section):
    """Throttling of the API stage and its usage plan, in requests a second."""

    rate_limit: int = Field(default=100, ge=1)
    burst_limit: int = Field(default=200, ge=1)
    # WAF: requests from one address in five minutes; AWS accepts 10 to 2 000 000 000.
    waf_rate_limit: int = Field(default=2000, ge=10, le=2_000_000_000)
    # The same where people sign in.
    waf_sign_in_limit: int = Field(default=100, ge=10, le=2_000_000_000)


class Trading(Section):
    """M20: real trades need three settings that agree, and production."""

    paper_trading_mode: bool = True
    live_trading: bool = False
    allow_real_trades: bool = False
    exchange_permissions: Literal["READ_ONLY", "TRADE"] = "READ_ONLY"
    sandbox: bool = True


class Features(Section):
    """Feature flags of the site (M7)."""

    analytics: bool = False
    error_tracking: bool = False
    real_time_updates: bool = True


class Alerts(Section):
    """Who hears of alarms. Thresholds are M36's and M38's."""

    email: tuple[EmailAddress, ...] = Field(default=(), strict=False)
    # Both or none. The workspace is authorised once, in the account's "Amazon Q Developer in chat applications".
    slack_workspace: Annotated[str, StringConstraints(pattern=r"^T[A-Z0-9]{6,20}$")] | None = None
    slack_channel: Annotated[str, StringConstraints(pattern=r"^[CG][A-Z0-9]{6,20}$")] | None = None
    # The name of the secret that holds PagerDuty's integration URL, which is a credential; it must exist before.
    pagerduty_secret: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9/_+=.@-]{1,200}$")] | None = None
    error_rate_percent: float = Field(default=5.0, gt=0, le=100)
    p95_latency_ms: int = Field(default=1000, ge=1)

    @model_validator(mode="after")
    def _addresses_are_different(self) -> Self:
        if len(set(self.email)) != len(self.email):
            raise ValueError("alerts.email names an address twice")
        return self

    @model_validator(mode="after")
    def _slack_is_complete(self) -> Self:
        if (self.slack_workspace is None) != (self.slack_channel is None):
            raise ValueError("alerts.slack_workspace and alerts.slack_channel must be set together")
        return self


class Gate(Section):
    """How the release verifies itself."""

    # Eventual consistency of a first deployment: how long 403, 404, 5xx and NXDOMAIN are retried, in seconds.
    consistency_window_s: int = Field(default=120, ge=0, le=600)
    # The whole run, and what CloudFormation waits for; the engine's own deadline is 20 s shorter. Lambda allows 900.
    timeout_s: int = Field(default=600, ge=60, le=900)
    concurrency: int = Field(default=16, ge=1, le=256)
    max_latency_ms: int = Field(default=1000, ge=1)
    # What a check that could not be measured, or has no data, does to the release.
    on_error: Literal["fail", "warn"] = "fail"
    on_inconclusive: Literal["fail", "warn"] = "fail"
    # Loopback targets over plain HTTP; refused outside throw-away environments.
    allow_loopback: bool = False

    @model_validator(mode="after")
    def _window_fits_the_run(self) -> Self:
        if self.consistency_window_s > self.timeout_s - 20:
            raise ValueError("gate.consistency_window_s must be at least 20 s shorter than gate.timeout_s")
        return self


ScheduleName = Literal["health", "trading", "monitoring", "performance", "security", "restore"]


class Operations(Section):
    """What watches between releases (M27), and what is done about it (M36)."""

    # Those that run; the others exist, disabled.
    enabled: tuple[ScheduleName, ...] = Field(
        default=("health", "trading", "monitoring", "performance", "security", "restore"), strict=False
    )
    # Health is measured often enough that three failures in a row are noticed within a quarter of an hour.
    health_minutes: int = Field(default=1, ge=1, le=5)
    trading_minutes: int = Field(default=5, ge=1, le=60)
    monitoring_minutes: int = Field(default=5, ge=1, le=60)
    performance_hours: int = Field(default=1, ge=1, le=24)
    security_days: int = Field(default=1, ge=1, le=7)
    restore_days: int = Field(default=7, ge=1, le=31)
    # False: the rollback alarm tells people, and moves nothing.
    automatic_rollback: bool = True

    @model_validator(mode="after")
    def _schedules_are_different(self) -> Self:
        if len(set(self.enabled)) != len(self.enabled):
            raise ValueError("operations.enabled names a schedule twice")
        return self


class Credentials(Section):
    """How old credentials may grow."""

    # Those of exchanges and AI providers, which people change; older ones raise an alarm.
    max_age_days: int = Field(default=90, ge=1, le=365)
    # The API key and the cache's AUTH token, which the platform changes by itself.
    rotation_days: int = Field(default=90, ge=1, le=365)
    # How long clients may still use the API key of before.
    overlap_hours: int = Field(default=72, ge=1, le=336)


class Verification(Section):
    """How checks find what they check, where that differs from what everybody finds: on loopback, before a switch."""

    # The DNS server to ask instead of the system's, `address:port`: say, of a zone that is not delegated to yet.
    resolver: SocketAddress | None = None
    # As curl's --connect-to: "name:port" -> "name:port" to connect to; name, TLS and Host header stay the first.
    connect_to: dict[SocketName, SocketName] = Field(default_factory=dict)
    # Authorities (PEM) to trust besides the system's; a relative path starts at the project's folder.
    ca_file: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = None
