"""The newest backup of a table: there, complete, young enough, and with what a restore needs.

Nothing is restored: a restored table costs money and must be removed again. What AWS Backup would restore, and as
what, is read instead, which it refuses for a recovery point that cannot be used.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from lambda_src.verification.calls import ask, pages
from lambda_src.verification.context import CheckContext
from lambda_src.verification.specs.recovery import RecoveryPointCheck
from lambda_src.verification.verdicts import Observation, Verdict

_COMPLETE: Final = "COMPLETED"


async def run(spec: RecoveryPointCheck, context: CheckContext) -> Observation:
    """Judges the newest complete recovery point of `spec.resource`."""
    points = await pages(
        context,
        "backup",
        "list_recovery_points_by_backup_vault",
        subject=spec.vault,
        items="RecoveryPoints",
        BackupVaultName=spec.vault,
        ByResourceArn=spec.resource,
    )
    complete = [point for point in points if point["Status"] == _COMPLETE]
    if not complete:
        return await _none_yet(spec, context, others=[str(point["Status"]) for point in points])
    newest = max(complete, key=lambda point: _when(point))
    age_h = _age_h(_when(newest))
    evidence = {"recovery_point": newest["RecoveryPointArn"], "age_h": round(age_h, 1), "complete": len(complete)}
    if age_h > spec.max_age_h:
        return Observation(
            verdict=Verdict.FAILED,
            message=f"the newest complete backup is {age_h:.0f} h old; the schedule promises {spec.max_age_h:g} h",
            evidence=evidence,
        )
    metadata = await ask(
        context,
        "backup",
        "get_recovery_point_restore_metadata",
        subject=str(newest["RecoveryPointArn"]),
        BackupVaultName=spec.vault,
        RecoveryPointArn=newest["RecoveryPointArn"],
    )
    if not metadata.get("RestoreMetadata"):
        return Observation(
            verdict=Verdict.FAILED,
            message="AWS Backup has nothing that a restore of the newest backup could start from",
            evidence=evidence,
        )
    return Observation(
        verdict=Verdict.PASSED,
        message=f"backed up {age_h:.1f} h ago, can be restored; nothing was restored to see it",
        evidence=evidence,
    )


async def _none_yet(spec: RecoveryPointCheck, context: CheckContext, *, others: list[str]) -> Observation:
    """Nothing complete: too early to say while the vault is younger than its first backup can be."""
    vault = await ask(context, "backup", "describe_backup_vault", subject=spec.vault, BackupVaultName=spec.vault)
    age_h = _age_h(_aware(vault["CreationDate"]))
    seen = f"; there are backups that are {', '.join(sorted(set(others)))}" if others else ""
    if age_h <= spec.max_age_h:
        return Observation(
            verdict=Verdict.INCONCLUSIVE,
            message=f"no complete backup yet: the vault is {age_h:.1f} h old, the first one is due after "
            f"{spec.max_age_h:g} h at the latest{seen}",
        )
    return Observation(
        verdict=Verdict.FAILED,
        message=f"no complete backup in a vault that is {age_h:.0f} h old{seen}",
        evidence={"vault_age_h": round(age_h, 1)},
    )


def _when(point: Any) -> datetime:
    return _aware(point["CreationDate"])


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _age_h(at: datetime) -> float:
    return (datetime.now(UTC) - at).total_seconds() / 3600
