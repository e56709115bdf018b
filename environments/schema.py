"""The schema of `environments/*.toml`: what may differ between environments, and nothing else."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import StringConstraints, model_validator

from environments.placeholders import is_placeholder_account
from environments.progression import Capacity, Pipeline
from environments.rules import RULES
from environments.sections import (
    EDGE_REGION,
    Alerts,
    Api,
    Aws,
    Credentials,
    Data,
    Domain,
    Features,
    Functions,
    Gate,
    Network,
    Operations,
    Section,
    Trading,
    Verification,
)

# Becomes part of physical names; ElastiCache refuses two hyphens in a row and one at the end.
EnvironmentName = Annotated[
    str, StringConstraints(min_length=2, max_length=16, pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")
]
Description = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Environment(Section):
    """One environment, complete and consistent."""

    name: EnvironmentName
    description: Description
    aws: Aws
    domain: Domain
    network: Network = Network()
    data: Data = Data()
    capacity: Capacity = Capacity()
    functions: Functions = Functions()
    api: Api = Api()
    trading: Trading = Trading()
    features: Features = Features()
    alerts: Alerts = Alerts()
    gate: Gate = Gate()
    verification: Verification = Verification()
    operations: Operations = Operations()
    credentials: Credentials = Credentials()
    # None: the pipeline does not come here.
    pipeline: Pipeline | None = None
    # Guarded environments hold what must not be lost: termination protection, RETAIN, no skipped tests.
    protected: bool = True
    require_manual_approval: bool = False
    # M1: production's extra checks; `false` is the seeds' SKIP_PRODUCTION_CHECKS.
    production_checks: bool = False

    @model_validator(mode="after")
    def _rules_between_sections(self) -> Self:
        for rule in RULES:
            broken = rule(self)
            if broken:
                raise ValueError(broken)
        return self

    @property
    def site_url(self) -> str:
        """Origin of the site, without a trailing slash."""
        return self.domain.site_url or f"https://{self.domain.site}"

    @property
    def api_url(self) -> str:
        """Origin of the API, without a trailing slash and without a stage."""
        return self.domain.api_url or f"https://{self.domain.api}"

    @property
    def availability_zones(self) -> list[str]:
        """Full names, e.g. `eu-central-1a`."""
        return [f"{self.aws.region}{letter}" for letter in self.aws.availability_zones]

    @property
    def retain(self) -> bool:
        """Whether stateful resources outlive their stack."""
        return self.data.removal == "retain"

    @property
    def placeholders(self) -> dict[str, str]:
        """Accounts that no person has entered, by key; the embedded cloud takes any."""
        if self.gate.allow_loopback:
            return {}
        accounts = {"aws.account": self.aws.account}
        if self.pipeline:
            accounts["pipeline.account"] = self.pipeline.account
        return {key: number for key, number in accounts.items() if is_placeholder_account(number)}

    @property
    def trusted_account(self) -> str:
        """Whose pipelines may come in: the pipeline's account, its own while no person has entered that."""
        if self.pipeline is None or "pipeline.account" in self.placeholders:
            return self.aws.account
        return self.pipeline.account

    @property
    def regions(self) -> tuple[str, ...]:
        """Every region that has stacks: the home region first."""
        return tuple(dict.fromkeys((self.aws.region, EDGE_REGION)))

    def resource_name(self, name: str) -> str:
        """`{environment}-crypto-trading-{name}`, the naming of the seeds (M3)."""
        return f"{self.name}-crypto-trading-{name}"
