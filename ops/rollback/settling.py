"""Settling what a rollback left behind, after the release that followed it (docs/adr/0021).

CloudFormation does not know of a rollback: what the next release does not change is not touched by it, and would keep
what the rollback gave it. It gets back what it had before the rollback, which is what that release means.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lambda_src.operations import aliases, releases, site
from lambda_src.operations.aliases import Move
from lambda_src.operations.releases import Chronicle, Operation, Release
from lambda_src.operations.site import Restore
from ops.aws import explained
from ops.errors import ExitCode
from ops.rollback.diary import Diary
from ops.rollback.operation import Result, Verifier
from ops.rollback.site_work import restore_site
from ops.rollback.work import Done, Progress, Work, at_once, move_aliases
from ops.surroundings import Surroundings


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """What `release` did not touch of what `operation` had moved."""

    operation: Operation
    release: Release
    moves: tuple[Move, ...]
    restores: tuple[Restore, ...]


def find_leftover(around: Surroundings, chronicle: Chronicle) -> Leftover | None:
    """What is to be settled; None where the newest release followed no rollback, or where it is settled already.

    Raises OperatorError where AWS cannot be asked.
    """
    release = next((release for release in chronicle.releases if release.stands), None)
    operation = chronicle.operations[0] if chronicle.operations else None
    if release is None or operation is None or operation.at > release.started:
        return None
    if operation.outcome in (releases.REVERTED, releases.SETTLED):
        return None
    work = Work.of(operation.id, operation.intent).back()
    with explained(around.environment, "looking for what the rollback left behind"):
        moves = _untouched_aliases(around, work.moves)
        restores = _untouched_files(around, work.restores, since=datetime.fromisoformat(release.started))
    return Leftover(operation=operation, release=release, moves=tuple(moves), restores=tuple(restores))


def settle(around: Surroundings, leftover: Leftover, *, by: str, progress: Progress, verify: Verifier) -> Result:
    """Moves and restores it, verifies the release, and corrects what the journal says that it serves.

    Raises what boto3 raises; it may be called again.
    """
    diary, done = Diary(around, operation=leftover.operation.id, by=by), Done()
    work = Work(id=leftover.operation.id, moves=leftover.moves, restores=leftover.restores)
    move_aliases(around, work, diary, progress, done)
    restore_site(around, work, diary, progress, done)
    if done.problems:
        return Result(operation=work.id, outcome=releases.PARTIAL, done=done, code=ExitCode.PARTIAL)
    verdict, code = "", ExitCode.OK
    if leftover.moves or leftover.restores:
        diary.about_release(leftover.release.attempt, "judged", {"state": _state(around, leftover)})
        verdict, code = verify("release", leftover.release.release_id)
    diary.ended(releases.SETTLED, {"verdict": verdict})
    return Result(operation=work.id, outcome=releases.SETTLED, done=done, verdict=verdict, code=code)


def _untouched_aliases(around: Surroundings, moves: tuple[Move, ...]) -> list[Move]:
    """A release that changes a function publishes a version: one that serves the rollback's still was not changed."""
    client = around.client("lambda")
    now = at_once(lambda move: aliases.served(client, move.function), moves)
    return [move for move, served in now if served is not None and served.version == str(move.from_version)]


def _untouched_files(around: Surroundings, restores: tuple[Restore, ...], *, since: datetime) -> list[Restore]:
    """Files that nobody has published since the release began."""
    if not restores:
        return []
    bucket, client = around.site().bucket, around.client("s3")
    published = {
        item["Key"]
        for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket)
        for kind in ("Versions", "DeleteMarkers")
        for item in page.get(kind, [])
        if item["IsLatest"] and item["LastModified"] >= since
    }
    candidates = [item for item in restores if item.key not in published]
    return site.unlike(client, bucket, candidates, site.read_objects(client, bucket))


def _state(around: Surroundings, leftover: Leftover) -> dict[str, object]:
    """What the release serves now: as its gate saw it, but for what was settled."""
    functions = {**leftover.release.functions, **{move.function: move.to_version for move in leftover.moves}}
    files = dict(leftover.release.site)
    if leftover.restores:
        current = site.read_objects(around.client("s3"), around.site().bucket).current
        for item in leftover.restores:
            files.pop(item.key, None)
            if item.key in current:
                files[item.key] = current[item.key]
    return {"functions": functions, "site": files}
