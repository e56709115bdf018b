"""What a release is checked for: every handler's path, the smoke flow, the site, and `verification_checks`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from environments import Environment
from lambda_build.discovery import HandlerSource
from lambda_src.verification.building.names import front_door_hosts
from lambda_src.verification.plan import PlanError
from lambda_src.verification.plans import Endpoint, SmokeTables, call_timeout_s, release_plan
from stacks.verification_checks import further_checks

if TYPE_CHECKING:
    from stacks.release import ReleaseStack

# Relative paths in environments start here.
ROOT = Path(__file__).resolve().parent.parent
# The tables that the smoke flow writes to, as it names them -> logical names.
SMOKE_TABLES = {
    "templates": "templates",
    "strategies": "strategies",
    "risk_profiles": "risk-profiles",
}


def endpoints_of(handlers: Iterable[HandlerSource]) -> list[Endpoint]:
    """What every handler declares to be checked."""
    return [
        Endpoint(
            function=handler.name,
            category=handler.spec.category,
            path=handler.spec.check,
            critical=handler.spec.critical,
            public=handler.spec.public,
        )
        for handler in handlers
    ]


def authority_pem(environment: Environment) -> str | None:
    """The certificates of `verification.ca_file`. Raises PlanError where it cannot be read.

    A loopback cloud makes its authority when it starts, and may be synthesised before.
    """
    if environment.verification.ca_file is None:
        return None
    path = ROOT / environment.verification.ca_file
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        if environment.gate.allow_loopback:
            return None
        raise PlanError(f"verification.ca_file of {environment.name}: there is no file {path}") from None
    except (OSError, ValueError) as exc:
        raise PlanError(f"verification.ca_file of {environment.name}: {path} is not readable: {exc}") from None


def gate_plan(release: ReleaseStack) -> str:
    """The plan as JSON; names and ARNs in it may be tokens. Raises PlanError when it makes no sense (FAULTS F19)."""
    settings, data = release.settings, release.inputs.data
    publication = release.inputs.artifacts.publication
    endpoints = endpoints_of(handler.package.source for handler in release.handlers)
    return release_plan(
        environment=settings.name,
        release_id=release.release_id,
        api_url=settings.api_url,
        site_url=settings.site_url,
        endpoints=endpoints,
        build_id=publication.build_id,
        site_pages=publication.pages,
        smoke_tables=SmokeTables(**{name: data.tables[table].table_name for name, table in SMOKE_TABLES.items()}),
        api_key_secret_arn=release.inputs.secrets.api_key.secret_arn,
        policy=settings.gate,
        connect_to=settings.verification.connect_to,
        resolver=settings.verification.resolver,
        authority_pem=authority_pem(settings),
        allowed_hosts=front_door_hosts(site=settings.domain.site, api=settings.domain.api),
        further=further_checks(release, endpoints, call_timeout_s=call_timeout_s(settings.gate)),
    ).to_json()
