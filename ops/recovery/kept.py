"""What a release was made from: kept stacks in the report bucket, their files in CDK's staging bucket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from environments import Environment
from lambda_src.journal import ReleaseRecord
from lambda_src.journal.keeping import KeptStack, kept_keys
from ops.aws import CLIENT_CONFIG, explained, session
from ops.errors import ExitCode, OperatorError

_AT_ONCE: Final = 8
# How S3 says that an object is not there, by the call.
_GONE: Final = ("404", "NoSuchKey", "NoSuchBucket", "NotFound")


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A stack that can be made again. `template_url`: as CloudFormation takes it; `files`: (bucket, key) of each."""

    stack: KeptStack
    template_url: str
    files: tuple[tuple[str, str], ...]


def read_kept(environment: Environment, record: ReleaseRecord, stack: str) -> Kept:
    """The stack as `record` released it, with all of its files.

    Raises:
        OperatorError: it was not kept, or files of it are gone (exit code 5), or AWS cannot be asked.
    """
    bucket, _, prefix = record.artifacts.removeprefix("s3://").partition("/")
    if not bucket:
        raise _not_kept(environment, record, f"the journal does not say where {record.release_id} was kept")
    client = session(environment).client("s3", config=CLIENT_CONFIG)
    description, template = kept_keys(prefix, record.release_id, stack)
    with explained(environment, f"reading s3://{bucket}/{description}"):
        texts = [_read(client, bucket, key) for key in (description, template)]
    if texts[0] is None or texts[1] is None:
        raise _not_kept(environment, record, f"there is no s3://{bucket}/{template}")
    files = tuple(sorted(set(files_of(json.loads(texts[1])))))
    with explained(environment, "looking for the release's files"), ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        found = pool.map(lambda file: _is_there(client, *file), files)
        gone = [key for (_, key), there in zip(files, found, strict=True) if not there]
    if gone:
        raise _not_kept(environment, record, f"{len(gone)} of its {len(files)} files are gone: {', '.join(gone[:3])}")
    return Kept(
        stack=KeptStack.model_validate_json(texts[0]),
        template_url=f"https://s3.{environment.aws.region}.amazonaws.com/{bucket}/{template}",
        files=files,
    )


def files_of(template: Any) -> Iterator[tuple[str, str]]:
    """(bucket, key) of every file of the staging bucket that `template` names."""
    for resource in template.get("Resources", {}).values():
        properties = resource.get("Properties", {})
        for name in ("Code", "Content"):
            place = properties.get(name)
            if isinstance(place, dict) and isinstance(place.get("S3Bucket"), str):
                yield place["S3Bucket"], place["S3Key"]
        sources = zip(properties.get("SourceBucketNames", ()), properties.get("SourceObjectKeys", ()), strict=True)
        yield from ((bucket, key) for bucket, key in sources if isinstance(bucket, str) and isinstance(key, str))


def _not_kept(environment: Environment, record: ReleaseRecord, why: str) -> OperatorError:
    commit = record.commit.removesuffix("-dirty")
    return OperatorError(
        f"release {record.release_id} of {environment.name} cannot be made again from what was kept: {why}",
        error="release-not-kept",
        next_step=f"git switch --detach {commit[:12]} && acinaces deploy --env {environment.name}",
        code=ExitCode.PRECONDITION,
    )


def _read(client: Any, bucket: str, key: str) -> str | None:
    try:
        return str(client.get_object(Bucket=bucket, Key=key)["Body"].read().decode())
    except ClientError as error:
        if error.response["Error"]["Code"] in _GONE:
            return None
        raise


def _is_there(client: Any, bucket: str, key: str) -> bool:
    try:
        client.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in _GONE:
            return False
        raise
    return True
