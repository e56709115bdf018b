"""The environment's file: what stands in it for the sake of having something there must be replaced by a person."""

from __future__ import annotations

import re
from typing import Final

from environments.placeholders import is_placeholder_account
from ops.doctor.findings import Finding, failed, passed
from ops.doctor.surroundings import Surroundings

_ZONE: Final = re.compile(r"Z0?123456789\w*|Z(.)\1+|ZEXAMPLE\w*", re.IGNORECASE)
# RFC 2606 and 6761; `.localhost` is the embedded cloud's.
_DOMAIN: Final = re.compile(r"(.*\.)?(example(\.com|\.net|\.org)?|test|invalid)", re.IGNORECASE)


def placeholders(around: Surroundings) -> list[Finding]:
    """Account numbers, hosted zones and names that nobody can own."""
    environment = around.environment
    if environment.gate.allow_loopback:
        return [passed("placeholders", "the embedded cloud takes any account and any name")]
    domain, pipeline = environment.domain, environment.pipeline
    found = {
        "aws.account": is_placeholder_account(environment.aws.account) and environment.aws.account,
        "pipeline.account": pipeline is not None and is_placeholder_account(pipeline.account) and pipeline.account,
        "domain.zone_id": bool(domain.zone_id and _ZONE.fullmatch(domain.zone_id)) and domain.zone_id,
        "domain.zone": bool(_DOMAIN.fullmatch(domain.zone)) and domain.zone,
    }
    file = f"environments/{environment.name}.toml"
    return [
        failed(
            f"placeholder {key}",
            f"{key} in {file} is {value}, which stands there until a person enters their own",
            f"edit {file}: {key}",
        )
        for key, value in found.items()
        if value
    ] or [passed("placeholders", f"{file} has an account, a zone and names of your own")]
