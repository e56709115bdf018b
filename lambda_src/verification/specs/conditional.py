"""Checks that not every environment can have; the plan says why."""

from __future__ import annotations

from pydantic import Field

from lambda_src.verification.specs.base import CheckSpec


class ConditionalCheck(CheckSpec):
    """Skipped, with this reason, where `skip_reason` is given."""

    skip_reason: str | None = Field(default=None, min_length=1, max_length=300)
