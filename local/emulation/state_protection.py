"""What holds state is not deleted by CloudFormation where AWS refuses it, however the stack came to want it.

The emulator's API refuses these deletions; its provisioners take the rows out of the tables. Calling the API upstream
ends these wrappers. Termination protection of stacks is the emulator's own.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, Final

ENFORCES: Final = (
    'A table with deletion protection: "Resource cannot be deleted as it is currently protected against deletion. '
    'Disable deletion protection first." (ValidationException).',
    'A bucket with objects, versions or delete markers: "The bucket you tried to delete is not empty" '
    "(BucketNotEmpty).",
    'A backup vault with recovery points: "Backup vault cannot be deleted because it contains recovery points." '
    "(InvalidRequestException).",
    "A stack whose rollback could not delete one of these ends in ROLLBACK_FAILED, and its deletion in DELETE_FAILED.",
)
NOT_ENFORCED: Final = ("A hosted zone is deleted with records of its own in it.",)
_PROTECTED: Final = (
    "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first. "
    "(Service: DynamoDb, Status Code: 400, Error Code: ValidationException)"
)
_NOT_EMPTY: Final = "The bucket you tried to delete is not empty (Service: S3, Status Code: 409, Error: BucketNotEmpty)"
_HAS_POINTS: Final = (
    "Backup vault cannot be deleted because it contains recovery points. (Service: Backup, Status Code: 400, "
    "Error Code: InvalidRequestException)"
)


def install() -> None:
    """Ask before each deletion. Before `recorded_types`, which copies the table."""
    from ministack.services.cloudformation import provisioners

    rules: Mapping[str, Callable[[str], str | None]] = {
        "AWS::DynamoDB::Table": _table,
        "AWS::S3::Bucket": _bucket,
        "AWS::Backup::BackupVault": _vault,
    }
    for resource_type, refusal in rules.items():
        _wrap(provisioners._RESOURCE_HANDLERS[resource_type], refusal)


def _wrap(handler: dict[str, Any], refusal: Callable[[str], str | None]) -> None:
    delete = handler["delete"]

    @functools.wraps(delete)
    def delete_if_allowed(physical_id: str, *rest: Any) -> Any:
        reason = refusal(physical_id)
        if reason:
            raise ValueError(f'Resource handler returned message: "{reason}" (HandlerErrorCode: InvalidRequest)')
        return delete(physical_id, *rest)

    handler["delete"] = delete_if_allowed


def _table(name: str) -> str | None:
    from ministack.services import dynamodb

    return _PROTECTED if (dynamodb._tables.get(name) or {}).get("DeletionProtectionEnabled") else None


def _bucket(name: str) -> str | None:
    from ministack.services import s3

    holds = bool((s3._buckets.get(name) or {}).get("objects")) or s3._bucket_has_versions(name)
    return _NOT_EMPTY if holds else None


def _vault(name: str) -> str | None:
    from ministack.services import backup

    return _HAS_POINTS if (backup._vaults.get(name) or {}).get("NumberOfRecoveryPoints") else None
