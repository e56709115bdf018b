"""Putting objects of the site back: which version each key goes to, in an order that never leaves half a page.

Nothing is overwritten for good: the bucket keeps versions, and an old one is copied to the top.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from lambda_src.operations.references import is_asset

# The order of a publication (FAULTS F21): a page is never there before what it needs, and leaves before it goes.
GROUPS: Final = ("assets", "files", "configuration", "pages", "withdrawn pages")
_CONFIGURATION: Final = "config.json"
_PAGE: Final = ".html"
_AT_ONCE: Final = 16


class ObjectChanged(Exception):
    """Raised when a key holds neither the version that is left nor the one that is gone to."""


@dataclass(frozen=True, kw_only=True)
class Restore:
    """A key that goes from one S3 version to another; None is an object that is not there."""

    key: str
    from_version: str | None
    to_version: str | None

    @property
    def group(self) -> str:
        """When it is its turn; one of GROUPS."""
        if self.to_version is None:
            return GROUPS[-1]
        if is_asset(self.key):
            return GROUPS[0]
        if self.key == _CONFIGURATION:
            return GROUPS[2]
        return GROUPS[3] if self.key.endswith(_PAGE) else GROUPS[1]

    def back(self) -> Restore:
        """What undoes it."""
        return Restore(key=self.key, from_version=self.to_version, to_version=self.from_version)


@dataclass(frozen=True, kw_only=True)
class Objects:
    """What a bucket holds. `current`: key -> version id on top; `etags`: (key, version id) -> digest of its content."""

    current: Mapping[str, str]
    etags: Mapping[tuple[str, str], str] = field(default_factory=dict)


def read_objects(client: Any, bucket: str) -> Objects:
    """All keys of the bucket with all of their versions. Raises what boto3 raises."""
    current: dict[str, str] = {}
    etags: dict[tuple[str, str], str] = {}
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for version in page.get("Versions", []):
            etags[version["Key"], version["VersionId"]] = version["ETag"]
            if version["IsLatest"]:
                current[version["Key"]] = version["VersionId"]
    return Objects(current=current, etags=etags)


def gone(state: Mapping[str, str], objects: Objects) -> list[str]:
    """Keys of a release whose version is not kept any more: it cannot be gone back to."""
    return sorted(key for key, version in state.items() if (key, version) not in objects.etags)


def differences(client: Any, bucket: str, state: Mapping[str, str], objects: Objects) -> list[Restore]:
    """What has to be restored so that the site is as in `state`, in no order.

    Pages that the release did not have are withdrawn; assets and other files stay, as open pages may ask for them.
    """
    wanted = [
        Restore(key=key, from_version=objects.current.get(key), to_version=version)
        for key, version in state.items()
        # Files that are gone were asked about before: `gone`.
        if (key, version) in objects.etags
    ]
    found = unlike(client, bucket, wanted, objects)
    for key, now in objects.current.items():
        if key not in state and key.endswith(_PAGE):
            found.append(Restore(key=key, from_version=now, to_version=None))
    return found


def unlike(client: Any, bucket: str, targets: Iterable[Restore], objects: Objects) -> list[Restore]:
    """Those of `targets` that are not there yet."""
    items = list(targets)

    def there(item: Restore) -> bool:
        return same(client, bucket, item.key, objects.current.get(item.key), item.to_version, objects)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [item for item, is_there in zip(items, pool.map(there, items), strict=True) if not is_there]


def same(client: Any, bucket: str, key: str, one: str | None, other: str | None, objects: Objects) -> bool:
    """Whether two versions of a key are the same to a visitor: content and headers."""
    if one == other:
        return True
    if one is None or other is None or objects.etags.get((key, one)) != objects.etags.get((key, other)):
        return False
    # A copy has its own version id; a publication of the same content may have other headers.
    return _headers(client, bucket, key, one) == _headers(client, bucket, key, other)


def restore(client: Any, bucket: str, target: Restore, objects: Objects) -> bool:
    """Puts one key back; False where nothing was left to do. `objects` is what was there before.

    Raises ObjectChanged, and what boto3 raises.
    """
    now = objects.current.get(target.key)
    if same(client, bucket, target.key, now, target.to_version, objects):
        return False
    if not same(client, bucket, target.key, now, target.from_version, objects):
        raise ObjectChanged(f"{target.key} was published anew meanwhile (version {now})")
    if target.to_version is None:
        client.delete_object(Bucket=bucket, Key=target.key)
        return True
    client.copy_object(
        Bucket=bucket,
        Key=target.key,
        CopySource=f"{bucket}/{quote(target.key)}?versionId={quote(target.to_version)}",
        MetadataDirective="COPY",
    )
    return True


def in_order(targets: Iterable[Restore]) -> list[tuple[str, list[Restore]]]:
    """The groups that there are, in the order of a publication."""
    by_group: dict[str, list[Restore]] = {}
    for target in sorted(targets, key=lambda target: target.key):
        by_group.setdefault(target.group, []).append(target)
    return [(group, by_group[group]) for group in GROUPS if group in by_group]


def _headers(client: Any, bucket: str, key: str, version: str) -> tuple[Any, Any]:
    head = client.head_object(Bucket=bucket, Key=key, VersionId=version)
    return head.get("ContentType"), head.get("CacheControl")
