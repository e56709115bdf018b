"""Whether what was lost could be had back."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lambda_src.verification.specs.base import CheckSpec


class RecoveryPointCheck(CheckSpec):
    """A table's newest complete backup: young enough, and AWS Backup says how it would be restored."""

    kind: Literal["recovery_point"] = "recovery_point"
    vault: str = Field(min_length=1)
    # The table's ARN; backups are listed by it.
    resource: str = Field(min_length=1)
    # Hours: the schedule's interval and the time that a backup may take to start and to end.
    max_age_h: float = Field(gt=0)
