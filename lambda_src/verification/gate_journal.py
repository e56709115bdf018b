"""What the gate adds to the journal of releases: its verdict, and exactly what serves when it has accepted.

A rollback goes back to what is written here, so it is read from AWS after the checks, not taken from the template.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, Final

from lambda_src.journal import EntryKind, Journal, JournalEntry, ReleaseState
from lambda_src.journal.attempts import LOOK_BACK, attempt_id, operation_began, stamp, under_way
from lambda_src.verification.aws import Aws
from lambda_src.verification.gate_request import Request
from lambda_src.verification.report import summary
from lambda_src.verification.verdicts import Report

_AT_ONCE: Final = 16
# DynamoDB takes 400 KB an item. A name by content (`_next/static/…`) never gets another content, so that the file is
# the same in every release that has it: those are left out first.
_LARGEST_STATE: Final = 300_000
_BY_CONTENT: Final = "_next/static/"


def append_judgement(report: Report, request: Request, aws: Aws, *, client: Any = None) -> None:
    """Adds the `judged` entry; delivering the same request again adds nothing. Raises whatever AWS's clients raise.

    `client`: boto3's DynamoDB client; None makes one.
    """
    journal = Journal(client or _dynamodb(), table=request.journal)
    accepted = not report.stops_release
    body = {
        "release_id": request.release_id,
        "environment": request.environment,
        "verdict": report.verdict.value,
        "summary": summary(report),
        "report_key": request.report_key,
        # What the release is made from is kept beside its report, also when the stack that knows the bucket is gone.
        "artifacts": f"s3://{request.bucket}/{request.prefix}",
        "validation": {"began": report.started, "ended": report.finished, "stopped": report.stops_release},
        # What is about to be put back is nothing to go back to.
        **({"state": read_state(request, aws).model_dump()} if accepted else {}),
    }
    attempt = under_way(journal.entries(limit=LOOK_BACK), release_id=request.release_id)
    if attempt is None:
        # A new plan for what is released already: the record is opened when the stack's operation has ended.
        stack = request.stack_id
        answer = aws.call("cloudformation", "describe_stacks", stack, StackName=stack)
        attempt = attempt_id(began=operation_began(answer["Stacks"][0]), release_id=request.release_id)
    at = stamp(datetime.fromisoformat(report.finished))
    journal.append(JournalEntry(attempt=attempt, kind=EntryKind.JUDGED, at=at, by="gate", body=body))


def read_state(request: Request, aws: Aws) -> ReleaseState:
    """What serves now: the version behind each function's alias, and the newest version of each of the site's files."""
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        site = pool.submit(_site_versions, aws, request.site_bucket) if request.site_bucket else None
        versions = list(pool.map(_live_version(aws, request.alias), request.functions))
    functions = dict(zip(request.functions, versions, strict=True))
    return ReleaseState(functions=functions, site=_that_fits(site.result()) if site else {})


def _live_version(aws: Aws, alias: str) -> Callable[[str], int]:
    def read(function: str) -> int:
        answer = aws.call("lambda", "get_alias", f"{function}:{alias}", FunctionName=function, Name=alias)
        return int(answer["FunctionVersion"])

    return read


def _site_versions(aws: Aws, bucket: str) -> dict[str, str]:
    found: dict[str, str] = {}
    where: Mapping[str, str] = {}
    while True:
        answer = aws.call("s3", "list_object_versions", f"s3://{bucket}", Bucket=bucket, **where)
        found |= {item["Key"]: item["VersionId"] for item in answer.get("Versions", []) if item["IsLatest"]}
        if not answer.get("IsTruncated"):
            return found
        where = {"KeyMarker": answer["NextKeyMarker"], "VersionIdMarker": answer["NextVersionIdMarker"]}


def _that_fits(versions: dict[str, str]) -> dict[str, str]:
    if sum(len(key) + len(version) + 8 for key, version in versions.items()) <= _LARGEST_STATE:
        return versions
    return {key: version for key, version in versions.items() if not key.startswith(_BY_CONTENT)}


def _dynamodb() -> Any:
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2})
    return boto3.client("dynamodb", config=config)
