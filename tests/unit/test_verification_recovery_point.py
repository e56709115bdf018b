"""The newest backup: there, complete, young enough, restorable; or what is missing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambda_src.verification.building.recovery import recovery_checks
from lambda_src.verification.checks import recovery_point
from lambda_src.verification.engine import RunOptions, run_plan
from lambda_src.verification.plan import Plan, Targets
from lambda_src.verification.verdicts import CheckResult, Verdict
from tests.faults.support.fake_aws import FakeAws, refused

TABLE = "arn:aws:dynamodb:eu-central-1:000000000000:table/templates"
LISTED = "backup.list_recovery_points_by_backup_vault"
METADATA = "backup.get_recovery_point_restore_metadata"


def point(age_h: float, *, status: str = "COMPLETED") -> dict[str, Any]:
    return {
        "RecoveryPointArn": f"arn:aws:backup:eu-central-1:000000000000:recovery-point:{age_h}",
        "CreationDate": datetime.now(UTC) - timedelta(hours=age_h),
        "Status": status,
    }


def vault(*points: dict[str, Any], vault_age_h: float = 900) -> FakeAws:
    """AWS Backup, which answers in pages of one."""
    aws = FakeAws()

    def listed(*, BackupVaultName: str, ByResourceArn: str, NextToken: str = "0") -> Any:
        assert (BackupVaultName, ByResourceArn) == ("vault", TABLE)
        page = points[int(NextToken) : int(NextToken) + 1]
        further = {"NextToken": str(int(NextToken) + 1)} if int(NextToken) + 1 < len(points) else {}
        return {"RecoveryPoints": list(page), **further}

    created = datetime.now(UTC) - timedelta(hours=vault_age_h)
    aws.answers[LISTED] = listed
    aws.answers["backup.describe_backup_vault"] = lambda **_: {"CreationDate": created}
    aws.answers[METADATA] = lambda **_: {"RestoreMetadata": {"originalTableName": "templates"}}
    return aws


def check(aws: FakeAws) -> CheckResult:
    (spec,) = recovery_checks(vault="vault", tables={"templates": TABLE}, max_age_h=30)
    plan = Plan.model_construct(environment="local", targets=Targets(api_url="https://api.example.com"), checks=(spec,))
    report = run_plan(
        plan, aws=aws, options=RunOptions(run_id="0" * 12, retries=False), runners={spec.kind: recovery_point.run}
    )
    return report.checks[0]


def test_a_young_complete_backup_passes_and_says_that_nothing_was_restored() -> None:
    result = check(vault(point(200), point(3), point(1, status="RUNNING")))

    assert result.verdict is Verdict.PASSED
    assert "nothing was restored" in result.message
    assert result.evidence["age_h"] == pytest.approx(3, abs=0.1)


@pytest.mark.parametrize(
    ("made", "verdict", "said"),
    [
        (lambda: vault(point(31)), Verdict.FAILED, "31 h old; the schedule promises 30 h"),
        (lambda: vault(), Verdict.FAILED, "no complete backup in a vault that is 900 h old"),
        (lambda: vault(point(3, status="PARTIAL")), Verdict.FAILED, "there are backups that are PARTIAL"),
        (lambda: vault(vault_age_h=2), Verdict.INCONCLUSIVE, "no complete backup yet: the vault is 2.0 h old"),
    ],
    ids=["too old", "none", "none complete", "too early to say"],
)
def test_what_is_not_there(made: Callable[[], FakeAws], verdict: Verdict, said: str) -> None:
    result = check(made())

    assert result.verdict is verdict
    assert said in result.message


def test_a_backup_without_metadata_cannot_be_restored() -> None:
    aws = vault(point(3))
    aws.answers[METADATA] = lambda **_: {}

    assert check(aws).verdict is Verdict.FAILED


@pytest.mark.parametrize("call", [LISTED, METADATA])
def test_what_cannot_be_asked_is_an_error(call: str) -> None:
    aws = vault(point(3))
    aws.faults[call] = refused()

    assert check(aws).verdict is Verdict.ERROR
