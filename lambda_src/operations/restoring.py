"""Restoring the site's files for the alarm's rollback, group after group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from lambda_src.operations import distribution, site
from lambda_src.operations.site import GROUPS, Restore

_AT_ONCE: Final = 8


def restore_all(
    clients: Mapping[str, Any], targets: Sequence[Restore], *, bucket: str, distribution_id: str, reference: str
) -> dict[str, Any]:
    """Restores `targets` and returns `restored` (a number) and `warnings`.

    Raises what boto3 raises, and ObjectChanged: what comes later needs what comes before, so the first problem ends it.
    Repeating it goes on.
    """
    s3, cloudfront = clients["s3"], clients["cloudfront"]
    warnings: list[str] = []
    objects = site.read_objects(s3, bucket)
    pages = [item for item in targets if item.group == GROUPS[3] and item.to_version]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            hashes = set().union(*pool.map(lambda page: _scripts(s3, bucket, page), pages))
            distribution.allow_scripts(cloudfront, distribution_id, hashes)
        except Exception as error:  # noqa: BLE001 - whatever it is, pages that are half right beat the ones that are left
            warnings.append(f"browsers may refuse the pages' scripts: {error}")
        restored = 0
        for _, group in site.in_order(targets):
            restored += sum(pool.map(lambda target: site.restore(s3, bucket, target, objects), group))
    try:
        distribution.invalidate(cloudfront, distribution_id, reference)
    except Exception as error:  # noqa: BLE001 - it only hastens what expires by itself (FAULTS F20)
        warnings.append(f"the CDN was not told: {error}")
    return {"restored": restored, "warnings": warnings}


def _scripts(s3: Any, bucket: str, page: Restore) -> set[str]:
    answer = s3.get_object(Bucket=bucket, Key=page.key, VersionId=page.to_version)
    return distribution.script_hashes(answer["Body"].read().decode("utf-8", errors="replace"))
