"""Checks of the backups."""

from __future__ import annotations

from collections.abc import Mapping

from lambda_src.verification.specs.base import OUTSIDE_RELEASES
from lambda_src.verification.specs.recovery import RecoveryPointCheck

GROUP = "recovery"


def recovery_checks(*, vault: str, tables: Mapping[str, str], max_age_h: float) -> list[RecoveryPointCheck]:
    """One check per table. `tables`: logical name -> ARN; `max_age_h`: what the backup plan promises, in hours."""
    return [
        RecoveryPointCheck(
            name=f"recovery/{name}",
            group=GROUP,
            stages=OUTSIDE_RELEASES,
            remedy=f"Look into AWS Backup's jobs of the vault {vault} for the table {name}: one failed, expired or "
            f"never started. `aws backup list-backup-jobs --by-backup-vault-name {vault}` says why.",
            vault=vault,
            resource=arn,
            max_age_h=max_age_h,
        )
        for name, arn in tables.items()
    ]
