"""The smoke flow of a release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lambda_src.verification.specs.smoke import SmokeFlowCheck, SmokeStep


@dataclass(frozen=True, kw_only=True)
class SmokeTables:
    """Names of the tables that the smoke flow writes to; needed to clean up behind a lost answer."""

    templates: str
    strategies: str
    risk_profiles: str


def smoke_check(tables: SmokeTables, *, call_timeout_s: float = 10) -> SmokeFlowCheck:
    """M13: template, strategy from it, risk profile with its limits; audit entries; clean-up."""

    def step(name: str, path: str, id_field: str, table: str, **body: Any) -> SmokeStep:
        described = {"name": f"Verification of a release: {name}", "description": "Created and removed by the gate."}
        return SmokeStep(name=name, path=path, id_field=id_field, table=table, body={**described, **body})

    return SmokeFlowCheck(
        name="smoke/trading-setup",
        group="smoke",
        remedy="The message names the step. Look into the log of the function behind its path, then release again.",
        timeout_s=min(9 * call_timeout_s, 120),
        call_timeout_s=call_timeout_s,
        expires_attribute="expiresAt",
        steps=(
            step("template", "/api/templates", "templateId", tables.templates, parameters={"window": 20}),
            step("strategy", "/api/strategies", "strategyId", tables.strategies, templateId="{template}"),
            step(
                "risk-profile",
                "/api/risk-profiles",
                "profileId",
                tables.risk_profiles,
                maxDrawdown=0.1,
                maxPositionSize=1000,
            ),
        ),
    )
