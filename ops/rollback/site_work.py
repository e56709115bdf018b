"""The site's part of a rollback: scripts allowed, objects restored in the order of a publication, the CDN told."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from lambda_src.operations import distribution, site
from lambda_src.operations.site import GROUPS, Objects, Restore
from ops.rollback.diary import Diary
from ops.rollback.work import DONE, FAILED, PROBLEMS, Done, Progress, Work, at_once, attempt, note
from ops.surroundings import SiteNames, Surroundings

# A policy of headers reaches CloudFront's edges in a minute or two; pages go back all the same after this. Seconds.
_EDGES_S: Final = 180.0
_LOOK_EVERY_S: Final = 5.0
# Seconds between the attempts at an invalidation (FAULTS F20); CloudFront takes few at a time.
PAUSES_S: Final = (1.0, 3.0, 9.0)


def restore_site(
    around: Surroundings,
    work: Work,
    diary: Diary,
    progress: Progress,
    done: Done,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Restores all objects of `work`. A group in which one fails ends it: what comes later needs what comes before."""
    if not work.restores:
        return
    names, s3 = around.site(), around.client("s3")
    objects = site.read_objects(s3, names.bucket)
    _allow_scripts(around, names, work, progress, done, sleep)
    for group, targets in site.in_order(work.restores):
        outcomes = at_once(_restoring(s3, names.bucket, objects), targets)
        problems = [problem for _, (_, problem) in outcomes if problem]
        restored = sum(outcome == DONE for _, (outcome, _) in outcomes)
        done.restored += restored
        outcome = FAILED if problems else DONE
        note(diary, done, f"site {group}", outcome, "; ".join(problems)[:1000])
        progress.step(f"{group}: {restored} of {len(targets)} files", outcome, problems[0] if problems else "")
        if problems:
            done.problems += problems
            break
    _invalidate(around, names, diary, progress, done, sleep)
    if not done.problems:
        done.problems += _unlike(s3, names.bucket, work)


def _restoring(s3: Any, bucket: str, objects: Objects) -> Callable[[Restore], tuple[str, str]]:
    return lambda target: attempt(lambda: site.restore(s3, bucket, target, objects))


def _allow_scripts(
    around: Surroundings,
    names: SiteNames,
    work: Work,
    progress: Progress,
    done: Done,
    sleep: Callable[[float], None],
) -> None:
    s3, cloudfront = around.client("s3"), around.client("cloudfront")
    pages = [item for item in work.restores if item.group == GROUPS[3] and item.to_version]

    def scripts(page: Restore) -> set[str]:
        answer = s3.get_object(Bucket=names.bucket, Key=page.key, VersionId=page.to_version)
        return distribution.script_hashes(answer["Body"].read().decode("utf-8", errors="replace"))

    try:
        hashes = {value for _, found in at_once(scripts, pages) for value in found}
        if hashes and distribution.allow_scripts(cloudfront, names.distribution_id, hashes):
            progress.step("the pages' scripts are allowed", DONE)
            _wait_for_edges(cloudfront, names.distribution_id, sleep)
    except PROBLEMS as error:
        done.warnings.append(f"browsers may refuse the pages' scripts: {error}")
        progress.warn(done.warnings[-1])


def _wait_for_edges(cloudfront: Any, distribution_id: str, sleep: Callable[[float], None]) -> None:
    ends_at = time.monotonic() + _EDGES_S
    while time.monotonic() < ends_at:
        if cloudfront.get_distribution(Id=distribution_id)["Distribution"]["Status"] == "Deployed":
            return
        sleep(_LOOK_EVERY_S)


def _invalidate(
    around: Surroundings,
    names: SiteNames,
    diary: Diary,
    progress: Progress,
    done: Done,
    sleep: Callable[[float], None],
) -> None:
    """Retried, then a warning: pages are never kept by the CDN, so it only hastens what expires by itself (F20)."""
    client = around.client("cloudfront")
    for pause in (*PAUSES_S, None):
        try:
            found = distribution.invalidate(client, names.distribution_id, diary.reference)
        except (ClientError, BotoCoreError) as error:
            if pause is not None:
                sleep(pause)
                continue
            note(diary, done, "invalidation", FAILED, str(error))
            done.warnings.append(f"the CDN was not told: {error}; pages are not kept there, other files expire")
            progress.warn(done.warnings[-1])
            return
        note(diary, done, "invalidation", DONE, "")
        progress.step(f"invalidation {found}", DONE)
        return


def _unlike(s3: Any, bucket: str, work: Work) -> list[str]:
    """Files that are not as they should be, after everything."""
    found = site.unlike(s3, bucket, work.restores, site.read_objects(s3, bucket))
    return [f"{item.key} is not what it was to be" for item in found]
